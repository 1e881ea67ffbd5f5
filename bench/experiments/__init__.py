"""Experiments: sweep, attack, twin, conformance and benchmarks, side by side over one campaign."""
