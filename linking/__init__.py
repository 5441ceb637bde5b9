"""Which ERP item is which product of a shop."""
