"""From sources to firmware: compilers, objects, linking, sizes, and the boards there are."""
