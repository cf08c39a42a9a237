"""The verbs of accounts, one module per story."""
