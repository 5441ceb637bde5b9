"""Who else has a part of an order's story. The apps above are named by dotted path and asked when a page is shown.

source(*, order: Order) -> list[Told]
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.utils.module_loading import import_string

from orders.models import Order

logger = logging.getLogger(__name__)

SOURCES = ("webhooks.timeline.events_of_order",)


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of somebody else. tone: ok, warn, bad, info or mute; url: the page of the record."""

    at: datetime
    badge: object
    tone: str
    text: object
    url: str = ""
    detail: object = ""


def told_by_others(order: Order) -> list[Told]:
    """What all sources tell; a broken one leaves only its own part out."""
    found: list[Told] = []
    for path in SOURCES:
        try:
            found += import_string(path)(order=order)
        except ImportError:
            logger.warning("The timeline source %s is not installed", path)
    return found
