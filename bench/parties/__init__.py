"""The remote parties: each builds and protects its commands, and checks what a device answers."""
