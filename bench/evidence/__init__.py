"""What a run leaves behind: the ledger it writes as it goes, and what is made from it."""
