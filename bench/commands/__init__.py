"""How a command or a certificate request is put together, honest or forged; keys and contacts."""
