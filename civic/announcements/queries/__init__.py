"""What was announced, to whom, and what was answered."""
