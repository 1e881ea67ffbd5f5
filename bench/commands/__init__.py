"""How a command is put together, honest or forged: contents, keys, contacts, and its answer."""
