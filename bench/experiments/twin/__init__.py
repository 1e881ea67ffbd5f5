"""Two devices, one stream: the simulator and a board must answer octet for octet alike."""
