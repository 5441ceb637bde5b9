"""The verbs of the ERP; each owns its transaction and takes keyword arguments only."""
