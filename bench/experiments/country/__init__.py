"""A recovery of a whole country, calculated: how long it takes, what it leaves."""
