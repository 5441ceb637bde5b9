"""Keeps the links of a product right when the shop says that it changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.models import Q
from django.utils import timezone

from linking.models import ItemLinkerLine, LinkState
from platforms.types import EventKind, RemoteProduct
from sites.models import Site
from sites.runs import refusal, request_run
from webhooks.services.calls import Call

ECHO = "An echo of what was sent to the shop; it is not looked up."


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
    if call.event.kind == EventKind.PRODUCT_CREATED:
        return lambda: "The product is known already." if known.exists() else _ask_linker(call.site, 1)
    skus = {sku for sku in known.values_list("remote_sku", flat=True) if sku}
    named = call.payload.get("sku")
    if isinstance(named, str) and named.strip():
        skus.add(named.strip())
    if not skus:
        return lambda: "The product has no SKU; 'Link Items' looks at it again."
    adapter = call.batch.adapter(call.site)
    if adapter.is_echo(call.event.topic):
        return lambda: ECHO
    found = adapter.find_products(sorted(skus))

    return lambda: _renew(call.site, found)


def _renew(site: Site, products: Sequence[RemoteProduct]) -> str:
    """Known lines get the shop's present SKU and name; for unknown products the linker is asked to look."""
    keys = {
        (product.parent_remote_id or product.remote_id, _variant_id(product)): product for product in products
    }
    lines = ItemLinkerLine.objects.filter(site=site, remote_product_id__in={key[0] for key in keys})
    known = {(line.remote_product_id, line.remote_variant_id): line for line in lines}
    now = timezone.now()
    for key, line in known.items():
        product = keys.get(key)
        if product is not None:
            line.remote_sku, line.remote_name = product.sku[:200], product.name[:500]
            line.last_seen_at = line.updated_at = now
    ItemLinkerLine.objects.bulk_update(
        [line for key, line in known.items() if key in keys],
        ["remote_sku", "remote_name", "last_seen_at", "updated_at"],
        batch_size=200,
    )
    back = sum(1 for key, line in known.items() if key in keys and line.state == LinkState.REMOTE_MISSING)
    new = [product for key, product in keys.items() if key not in known and product.is_sellable]
    told = f"Products looked at: {len(products)}."
    return f"{told} {_ask_linker(site, len(new) + back)}" if new or back else told


def _ask_linker(site: Site, number: int) -> str:
    """The linker decides with the whole catalogue before it, so that nothing is linked by guess; one run for many."""
    if not site.link_items or refusal(site, "link_items"):
        return f"Not linked: {number}."
    request_run(site=site, action="link_items")
    return f"Not linked: {number}; 'Link Items' was asked for."


def _variant_id(product: RemoteProduct) -> str:
    return product.remote_id if product.parent_remote_id else ""


def _mark_missing(call: Call) -> str:
    number = ItemLinkerLine.objects.filter(
        lines_of_product(call.event.remote_id), site=call.site, state=LinkState.LINKED
    ).update(state=LinkState.REMOTE_MISSING, updated_at=timezone.now())
    return f"Links marked as missing in the shop: {number}."
