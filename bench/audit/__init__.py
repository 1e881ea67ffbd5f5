"""What the cells of an estate hold by the devices' own word, compared with an inventory."""
