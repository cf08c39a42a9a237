"""The only room that talks to people: what must be told, to whom, how, and whether it was."""
