"""The attacker without keys, who owns the link between honest parties and devices."""
