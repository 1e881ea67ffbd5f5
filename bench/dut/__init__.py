"""What runs a device: the loop between link and Device, its image file, the premises."""
