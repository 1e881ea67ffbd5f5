"""The C files that repeat what the Python package defines: written from it, never by hand."""
