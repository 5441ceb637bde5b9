"""Verbs of the item linker."""
