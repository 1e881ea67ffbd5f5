"""The machine: flash, image, store, credentials and command execution. Pure, ports passed in."""
