"""Drills: a story in YAML, the runner that plays it, and the end state read back twice."""
