"""The products: which cells and use cases a meter has, how a home is wired, and the links."""
