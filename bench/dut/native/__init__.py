"""Devices that the native engine runs: the board's own firmware, in a process of this computer."""
