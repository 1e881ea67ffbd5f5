"""A board at a broker, beside simulated devices."""
