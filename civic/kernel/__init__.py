"""What every room stands on and no domain is known in: database, clock, actor, errors, words."""
