"""``firmware-sim image``: look into flash images."""
