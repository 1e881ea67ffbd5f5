"""The metal: board firmware, link protocol and boards. It shares the flash layout, nothing else."""
