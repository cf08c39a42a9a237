"""The verbs of the engine, one module per story."""
