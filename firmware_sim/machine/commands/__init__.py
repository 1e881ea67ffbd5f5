"""From an authenticated command to its effects: one module a family of use cases."""
