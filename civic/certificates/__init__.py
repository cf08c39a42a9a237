"""What somebody takes home: the hours of an activity added up, and the numbered document that says so."""
