"""A device under test on a board: emulated, or at the end of a serial line."""
