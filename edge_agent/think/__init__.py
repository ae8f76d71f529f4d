"""Think: Heard and the ledger -> Sentence."""
