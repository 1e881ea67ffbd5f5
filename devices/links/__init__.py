"""Links: the only place below `bench` that opens a socket or a port."""
