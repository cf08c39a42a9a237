"""The benchmark: our pages beside bare floors, in one call, with the same workers, database and client."""
