"""Organisations of the third sector and the like: who they are, who verified them, who acts for them."""
