"""One stream for several devices: simulator, engine and board must answer octet for octet alike."""
