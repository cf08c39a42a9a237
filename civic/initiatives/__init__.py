"""What organisations do together with the administration: initiatives under an action of the programme."""
