"""Whether a board speaks the protocol of the link, section by section."""
