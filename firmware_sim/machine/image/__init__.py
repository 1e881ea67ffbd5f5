"""The flash image: what stands where, and how it is read and written."""
