"""Devices under test behind a broker, and the broker that comes with the bench."""
