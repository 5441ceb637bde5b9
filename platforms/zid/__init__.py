"""Zid (Merchant API v1)."""
