"""What an attacker can do to a device: found out by trying, not read from a table."""
