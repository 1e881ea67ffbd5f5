"""The people: parties who send, drills, decisions, reports, command line. All I/O is here."""
