"""Wake the worker at once for what cannot wait for the next tick."""

from __future__ import annotations

import logging

from django.core.cache import cache
from kombu.exceptions import OperationalError as BrokerError

from webhooks.services.wakefulness import FORGET_AFTER, KEY
from webhooks.tasks import process_events

logger = logging.getLogger(__name__)


def kick() -> None:
    """Publish one wake-up unless one is under way. Never fails and never waits: the row is already safe."""
    try:
        if cache.add(KEY, 1, FORGET_AFTER):
            process_events.apply_async(expires=60, ignore_result=True)
    except (BrokerError, OSError) as error:
        logger.warning("No wake-up was published, the next tick finds the event: %s", error)
