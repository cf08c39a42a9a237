"""The PostgreSQL, Redis and mail catcher of a machine that has none, and the starter of the whole site."""
