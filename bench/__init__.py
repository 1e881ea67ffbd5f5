"""The people: parties who send, drills, decisions, reports and the command line. All I/O is here."""
