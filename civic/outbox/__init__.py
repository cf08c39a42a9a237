"""What others must hear about: one row per event, written in the transaction that made it true."""
