"""What each event makes us tell, and to whom."""
