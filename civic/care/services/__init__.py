"""Writing, withdrawing and deleting the three records; noting who read them."""
