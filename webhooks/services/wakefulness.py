"""Whether a wake-up of the worker is on its way."""

from __future__ import annotations

from django.core.cache import cache

KEY = "webhooks:kicked"
#: A wake-up that got lost holds up others no longer than this many seconds; beat finds the rows anyway.
FORGET_AFTER = 3


def awake() -> None:
    """The worker has begun: whatever is stored from now on needs a wake-up of its own."""
    cache.delete(KEY)
