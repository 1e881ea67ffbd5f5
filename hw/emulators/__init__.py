"""Emulated boards: the same ELF file as on a real one, run by QEMU or by Unicorn."""
