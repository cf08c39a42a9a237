"""Every read of the engine, one module per story."""
