"""Who decides that a Recovery or Contingency Private Key is used (SEC L1, L10)."""
