"""The language: what a GBCS message, certificate, Trust Anchor Cell and use case is. Pure."""
