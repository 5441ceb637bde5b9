"""Keeping what the shop sent before: a payload that is replaced becomes an earlier version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orders.models import Order, OrderVersion


def keep_version(order: Order, newer: Mapping[str, Any]) -> None:
    """Call with the order's row locked, before its payload is overwritten. The same payload again is no new version.

    Costs a statement only where something is replaced: a first import has no earlier version.
    """
    if not order.raw or order.raw == newer:
        return
    OrderVersion.objects.create(
        order=order,
        raw=order.raw,
        raw_hash=order.raw_hash,
        source=order.source,
        status_remote=order.status_remote,
        updated_remote=order.updated_remote,
        seen_at=order.last_seen_at,
        trace_id=order.trace_id,
    )
