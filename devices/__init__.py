"""The products: which cells and use cases a meter has, how a home is wired, and the links."""

if __name__ != "firmware_sim.devices":
    raise ImportError("import firmware_sim.devices: devices/ is only where its files stand")
