"""What an adversary makes for itself: certificates that it forges, or that SMKI issues to it."""
