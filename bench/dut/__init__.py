"""One device under test, whatever stands behind it: simulated, on a board, at a broker."""
