"""The verbs of organisations, one module per story."""
