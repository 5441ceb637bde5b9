"""Guards of price documents: a line that they stop passes only when somebody ticks 'confirmed'."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from ecomsync.common.money import HUNDRED
from erp.models import Item
from erp.services.prices import prices_for_items
from linking.selectors import all_links_for_items
from pricing.models import PriceUpdaterDoc, PriceUpdaterLine


def difference_percent(old: Decimal | None, new: Decimal) -> Decimal | None:
    """The change in percent of the old price; None without one."""
    if not old:
        return None
    return ((new - old) / old * HUNDRED).quantize(Decimal("0.0001"))


def warning_of(line: PriceUpdaterLine, document: PriceUpdaterDoc, item: Item) -> str:
    """Why a guard stops the line; "" when none does."""
    lowest = min(line.new_price, line.special_price) if line.special_price is not None else line.new_price
    if lowest == 0:
        return _("The price is zero.")
    if item.standard_cost > 0 and lowest < item.standard_cost:
        return _("%(price)s is below the cost of %(cost)s.") % {
            "price": f"{lowest.normalize():f}",
            "cost": f"{item.standard_cost.normalize():f}",
        }
    change = line.difference_percent
    if change is not None and abs(change) > document.max_change_percent:
        return _("The price changes by %(change)s %%, more than %(limit)s %%.") % {
            "change": f"{change.normalize():f}",
            "limit": f"{document.max_change_percent.normalize():f}",
        }
    return ""


def fill_present_prices(document: PriceUpdaterDoc, lines: Sequence[PriceUpdaterLine]) -> None:
    """Lines that were typed or came from a file do not know yet what they replace: look it up, so that the guards see
    the change. Rows are not saved."""
    missing = [line for line in lines if line.old_price is None]
    ids = sorted({line.item_id for line in missing})
    if not ids:
        return
    prices = prices_for_items(item_ids=ids, price_list=document.price_list, currency=document.currency)
    at_shops = shop_prices_of(document, ids)
    for line in missing:
        found = prices.get(line.item_id)
        line.old_price = found.price if found is not None else None
        line.shop_price = at_shops.get(line.item_id) if line.shop_price is None else line.shop_price


def shop_prices_of(document: PriceUpdaterDoc, ids: Sequence[int]) -> dict[int, Decimal]:
    """What the first shop of the document that knows the item was last sent."""
    found: dict[int, Decimal] = {}
    for site in document.sites.all():
        for pk, lines in all_links_for_items(site=site, item_ids=ids).items():
            if pk not in found and lines[0].last_sent_price is not None:
                found[pk] = lines[0].last_sent_price
    return found


def check_guards(document: PriceUpdaterDoc) -> list[PriceUpdaterLine]:
    """Compute difference and warning of every line; returns the stopped ones that nobody has confirmed."""
    stopped = []
    changed = []
    lines = list(document.details.select_related("item"))
    unpriced = {line.pk for line in lines if line.old_price is None}
    fill_present_prices(document, lines)
    for line in lines:
        change = difference_percent(line.old_price, line.new_price)
        before = (line.difference_percent, line.warning, line.sku, line.currency)
        line.difference_percent = change
        line.warning = warning_of(line, document, line.item)[:255]
        line.sku = line.sku or line.item.code
        line.currency = line.currency or document.currency
        after = (line.difference_percent, line.warning, line.sku, line.currency)
        if before != after or (line.pk in unpriced and line.old_price is not None):
            changed.append(line)
        if line.warning and not line.confirmed:
            stopped.append(line)
    PriceUpdaterLine.objects.bulk_update(
        changed,
        ["old_price", "shop_price", "difference_percent", "warning", "sku", "currency"],
        batch_size=200,
    )
    return stopped
