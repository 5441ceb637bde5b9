"""Events that a killed worker held are free again after the lease that the installation sets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from webhooks.services.claim import lease


def test_lease_of_events_follows_the_setting(settings: Any) -> None:
    assert lease() == timedelta(seconds=120)
    settings.LEASE_SECONDS = 3
    assert lease() == timedelta(seconds=6)
