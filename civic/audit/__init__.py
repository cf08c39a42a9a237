"""Who did what, when: rows that nobody can change afterwards."""
