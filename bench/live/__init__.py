"""A run in a browser while it goes: its ledger read as it grows, and told as a stream of events."""
