"""A flash memory with the rules and the failures of a real one."""
