"""Turns saved rows into announcements, for edits in the admin and elsewhere outside the services."""

from __future__ import annotations


def connect() -> None:
    """Connect the receivers; called once when the app is ready."""
