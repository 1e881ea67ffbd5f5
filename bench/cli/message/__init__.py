"""``firmware-sim message``: one file a verb, and what they share."""
