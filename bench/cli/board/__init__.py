"""``firmware-sim board``: one file a verb, and what they share."""
