"""For doors: ask for a queue to be drained soon, without waiting for its interval."""

from __future__ import annotations

import logging
from functools import partial

from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError

from sync_queues.tasks import drain

logger = logging.getLogger(__name__)

DEBOUNCE_SECONDS = 1


def kick(site_id: int, kind: str) -> None:
    """Publish one drain a second from now, after the commit; further kicks until then join it."""
    transaction.on_commit(partial(_publish, site_id, kind))


def _publish(site_id: int, kind: str) -> None:
    if not cache.add(f"sync_queues.kick.{site_id}.{kind}", 1, timeout=DEBOUNCE_SECONDS):
        return
    try:
        drain.apply_async(args=(site_id, kind), countdown=DEBOUNCE_SECONDS, ignore_result=True)
    except (OperationalError, OSError):
        # The rows are stored; beat finds them as soon as the broker is back.
        logger.warning("A kick could not be published", exc_info=True)
