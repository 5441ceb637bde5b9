"""Tell those above that items have been linked, once that is certain."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.dispatch import Signal

from linking.signals import items_linked, items_linking

logger = logging.getLogger(__name__)


def announce_linked(*, site_id: int, item_ids: Iterable[int], skus: Iterable[str]) -> None:
    """Send `items_linking` now and `items_linked` after the commit. A broken receiver is logged and undoes no link."""
    items, names = set(item_ids), {sku for sku in skus if sku}
    if items:
        _send(items_linking, site_id, items, names)
        transaction.on_commit(partial(_send, items_linked, site_id, items, names))


def _send(signal: Signal, site_id: int, item_ids: set[int], skus: set[str]) -> None:
    answers = signal.send_robust(sender=None, site_id=site_id, item_ids=item_ids, skus=skus)
    for receiver, answer in answers:
        if isinstance(answer, Exception):
            logger.error(
                "A receiver of linked items failed: %r", receiver, exc_info=answer, extra={"site": site_id}
            )
