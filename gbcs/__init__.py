"""The language: what a GBCS message, certificate, Trust Anchor Cell and use case is. Pure."""

if __name__ != "firmware_sim.gbcs":
    raise ImportError("import firmware_sim.gbcs: gbcs/ is only where its files stand")
