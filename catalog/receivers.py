"""Receivers."""

from __future__ import annotations


def connect() -> None:
    """Connect the receivers."""
