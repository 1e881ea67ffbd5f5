"""The people: parties who send, drills, decisions, reports, command line. All I/O is here."""

if __name__ != "firmware_sim.bench":
    raise ImportError("import firmware_sim.bench: bench/ is only where its files stand")
