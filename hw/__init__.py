"""The metal: board firmware, link protocol and boards. It shares the flash layout, nothing else."""

if __name__ != "firmware_sim.hw":
    raise ImportError("import firmware_sim.hw: hw/ is only where its files stand")
