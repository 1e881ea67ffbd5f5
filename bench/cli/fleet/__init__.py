"""``firmware-sim fleet``: a story at size."""
