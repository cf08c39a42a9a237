"""One class for each kind of message: what it says, to whom, and when it is no longer true."""
