"""Keeps the links of a product right when the shop says that it changed."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q
from django.utils import timezone

from linking.models import ItemLinkerLine, LinkState
from platforms.types import EventKind
from webhooks.services.calls import Call


def lines_of_product(*remote_ids: str) -> Q:
    """Lines of these products or variants."""
    ids = [remote_id for remote_id in remote_ids if remote_id]
    return Q(remote_variant_id__in=ids) | Q(remote_product_id__in=ids)


def refresh_product(call: Call) -> Callable[[], str]:
    """Look at the product in the shop and renew its link; a deleted one is marked as missing.

    Never sends stock: a product changes with every sale too, and the order may not be known here yet.
    """
    if call.event.kind == EventKind.PRODUCT_DELETED:
        return lambda: _mark_missing(call)
    known = ItemLinkerLine.objects.filter(lines_of_product(call.event.remote_id), site=call.site)
    skus = {sku for sku in known.values_list("remote_sku", flat=True) if sku}
    named = call.payload.get("sku")
    if isinstance(named, str) and named.strip():
        skus.add(named.strip())
    if not skus:
        return lambda: "The product has no SKU; 'Link Items' looks at it again."
    found = call.batch.adapter(call.site).find_products(sorted(skus))

    def apply() -> str:
        answer = link_products(site=call.site, products=found)
        return f"Products looked at: {len(found)}. {answer}"

    return apply


def _mark_missing(call: Call) -> str:
    number = ItemLinkerLine.objects.filter(
        lines_of_product(call.event.remote_id), site=call.site, state=LinkState.LINKED
    ).update(state=LinkState.REMOTE_MISSING, updated_at=timezone.now())
    return f"Links marked as missing in the shop: {number}."
