"""For those who write stories: what is wrong, what would happen, what may stand where."""
