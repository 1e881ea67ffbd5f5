"""A story at size: one governance drill of representatives, and shards that follow its orders."""
