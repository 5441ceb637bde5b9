"""What the orders listen to: mappings that come, items that are linked, documents that change their state."""

from __future__ import annotations


def connect() -> None:
    """Called once when the app is ready."""
