"""One device under test and one interface to it: simulated, on a board, at a broker."""
