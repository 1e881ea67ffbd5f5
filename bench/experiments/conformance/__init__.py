"""Reference messages in, verdicts out: what the published messages say about this codec."""
