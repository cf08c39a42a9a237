"""Writing to the people in an activity, and what they answer."""
