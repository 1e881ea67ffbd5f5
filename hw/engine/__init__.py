"""The native engine: the board's own firmware as a library of this computer."""
