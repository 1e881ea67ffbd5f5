"""Files that people write and that may come from others: read within bounds, written whole."""
