"""The engine: activities, their occurrences and openings, signups, offers, authorisations, attendance."""
