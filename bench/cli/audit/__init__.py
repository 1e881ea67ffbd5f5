"""``firmware-sim audit``."""
