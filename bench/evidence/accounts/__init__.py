"""What governance tells the record of a run: small values, each told once it is known."""
