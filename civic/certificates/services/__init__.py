"""The verbs: the register is closed, documents are issued, made, revoked."""
