"""The drill's own SMKI: authorities, certificates of all parties, and custody of the rest."""
