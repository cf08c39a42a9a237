"""Paper: from plain values and a template to an accessible PDF. Only workers import what is in here."""
