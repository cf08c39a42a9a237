"""Reads of hours and of what was issued."""
