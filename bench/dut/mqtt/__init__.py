"""One device under test in the hands of a test: simulated, or on a board."""
