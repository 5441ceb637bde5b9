"""Verbs around a site, one file each."""
