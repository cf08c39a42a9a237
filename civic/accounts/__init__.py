"""People, how they sign in, who answers for whom, and what they consented to."""
