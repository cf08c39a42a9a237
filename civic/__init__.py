"""Civic collaboration between a metropolitan city, its third sector and its young people."""
