"""Replacing credentials: per-cell verdicts, counters and floors, one transaction a command."""
