"""Files and text that may come from others: read within bounds, written whole, shown unhidden."""
