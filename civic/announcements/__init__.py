"""What those who run an activity write to everybody in it: never to one person alone."""
