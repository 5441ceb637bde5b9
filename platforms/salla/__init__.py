"""Salla: the Merchant API v2."""
