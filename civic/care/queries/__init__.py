"""Reads of the three records: what a sheet marks, what who conducts reads, what a family sees of its own."""
