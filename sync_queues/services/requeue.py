"""What to do when a lease ran out under a worker that was alive after all."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal

from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.models import Request
from sync_queues.services.enqueue import enqueue

logger = logging.getLogger(__name__)


def input_of(request: Request, *, forced: bool) -> RequestInput:
    """The same wish once more."""
    return RequestInput(
        item_id=request.item_id,
        key=request.key,
        warehouse_id=getattr(request, "warehouse_id", None),
        remote_location_id=getattr(request, "remote_location_id", ""),
        price_list_id=getattr(request, "price_list_id", None),
        min_quantity=getattr(request, "min_quantity", Decimal(1)),
        sheet=getattr(request, "sheet", None),
        action=getattr(request, "action", "send"),
        subject_type=getattr(request, "subject_type", ""),
        subject_id=getattr(request, "subject_id", None),
        forced=forced,
    )


def requeue_lost(kind: str, site: Site, lost: Sequence[Request]) -> None:
    """Our late message may have reached the shop after the newer one of the worker that took over.

    So the present value is sent once more, even if it seems to be there: the last word is always the newest.
    """
    if not lost:
        return
    logger.warning("%s requests of %s lost their lease and are asked for again", len(lost), kind)
    enqueue(kind, site=site, rows=[input_of(request, forced=True) for request in lost])
