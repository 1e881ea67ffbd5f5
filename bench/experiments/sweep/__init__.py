"""Power cuts at every place of every durable operation, judged against the model of the store."""
