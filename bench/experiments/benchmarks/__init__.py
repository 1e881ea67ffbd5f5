"""Benchmarks: what the product costs, as a multiple of the cryptography it cannot avoid."""
