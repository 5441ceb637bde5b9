"""Guards of price documents: a line that they stop passes only when somebody ticks 'confirmed'."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from ecomsync.common.money import HUNDRED
from erp.models import Item
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


def check_guards(document: PriceUpdaterDoc) -> list[PriceUpdaterLine]:
    """Compute difference and warning of every line; returns the stopped ones that nobody has confirmed."""
    stopped = []
    changed = []
    for line in document.details.select_related("item"):
        change = difference_percent(line.old_price, line.new_price)
        before = (line.difference_percent, line.warning, line.sku, line.currency)
        line.difference_percent = change
        line.warning = warning_of(line, document, line.item)[:255]
        line.sku = line.sku or line.item.code
        line.currency = line.currency or document.currency
        if before != (line.difference_percent, line.warning, line.sku, line.currency):
            changed.append(line)
        if line.warning and not line.confirmed:
            stopped.append(line)
    PriceUpdaterLine.objects.bulk_update(
        changed, ["difference_percent", "warning", "sku", "currency"], batch_size=200
    )
    return stopped
