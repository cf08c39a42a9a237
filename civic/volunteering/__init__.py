"""Volunteers: roles on shifts, and never in two places at once."""
