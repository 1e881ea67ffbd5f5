"""A flash in a report: what stands where, how worn it is, as values, as a picture, in words."""
