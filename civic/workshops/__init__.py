"""Young people's workshops: ages, and the guardian's yes."""
