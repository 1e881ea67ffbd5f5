"""One module a family of use cases: the DER content of their commands, responses and alerts."""
