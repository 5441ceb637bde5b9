"""Whether the products of a shop are what their links say: SKU and visibility."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from activity.models import Difference
from activity.services.differences import Found
from linking.comparers import ComparedPage, Comparison, Pair
from sync_queues.selectors import items_on_their_way

Aspect, Kind, Problem = Difference.Aspect, Difference.Kind, Difference.Problem


def compare_products(page: ComparedPage) -> Comparison:
    """SKUs changed in the shop; items that are not for sale and can be seen there, and the other way round.

    Visibility counts where the ERP sends the products; else it is the shop's own affair.
    """
    compared = Comparison()
    found = [entry for pair in page.pairs for entry in _differences(page, pair)]
    items = {pair.line.remote_id: pair.line.item_id for pair in page.pairs}
    moving = items_on_their_way("item", site=page.site, item_ids=page.item_ids) if found else set()
    for entry in found:
        if entry.aspect == Aspect.VISIBILITY and items[entry.key.partition("|")[0]] in moving:
            compared.waiting.add((entry.kind, entry.key))
        else:
            compared.found.append(entry)
    return compared


def _differences(page: ComparedPage, pair: Pair) -> list[Found]:
    line, product, site = pair.line, pair.product, page.site
    found = []
    if line.remote_sku and product.sku[:200] != line.remote_sku:
        found.append(_found(pair, Aspect.SKU, "sku", product.sku, line.remote_sku))
    item = line.item
    if item is None or not site.send_items_to_magento or page.was_sent_since(line.last_sent_hash_at):
        return found
    for_sale = item.active and item.sellable
    if for_sale != product.active and (for_sale or site.disable_products_when_inactive):
        found.append(_found(pair, Aspect.VISIBILITY, "visible", _visible(product.active), _visible(for_sale)))
    return found


def _found(pair: Pair, aspect: str, suffix: str, shop: str, erp: str) -> Found:
    key = f"{pair.line.remote_id}|{suffix}"
    return Found(Kind.PRODUCT, Problem.DIFFERENT, key, aspect, shop, erp, subject=pair.line)


def _visible(shown: bool) -> str:
    return _("visible") if shown else _("hidden")
