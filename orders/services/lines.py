"""Order lines to items of the ERP."""

from __future__ import annotations

from django.db import transaction

from ecomsync.common.money import ZERO
from erp.models import Item, ItemType
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.discounts import settle
from orders.services.figures import discounts_in_lines
from orders.services.intake import clean_text
from orders.services.plan import OrderPlan, Place, PlannedLine
from orders.services.shares import code_and_rate, scale, shares_of
from platforms.types import RemoteOrderLine
from sites.choices import UnknownItemPolicy


def map_lines(plan: OrderPlan, context: ImportContext, *, may_create: bool = True) -> None:
    """Fill `plan.lines` and `plan.items` (beside the remote lines); holds for what has no item."""
    remote = plan.remote
    links = context.linked(remote.lines)
    for line in remote.lines:
        link = links.get(context.key_of(line))
        item = link.item if link else context.made(line)
        if item is None:
            item = _item_for_unknown(plan, context, line, may_create=may_create)
        elif item.item_type == ItemType.TEMPLATE:
            plan.hold(
                HoldCode.UNKNOWN_SKU,
                subject=label_of(line),
                message=f"{item.code} is a template of variants.",
            )
        else:
            plan.decide("item", label_of(line), item.code, link.found_by if link else "created")
        plan.items.append(item)
        plan.units.append(link.unit if link else None)
    plan_amounts(plan)


def label_of(line: RemoteOrderLine) -> str:
    """How a line is named in reasons: its SKU, else what the shop calls it."""
    return clean_text(line.sku or line.name or line.product_id or line.remote_id, 255)


def _item_for_unknown(
    plan: OrderPlan, context: ImportContext, line: RemoteOrderLine, *, may_create: bool
) -> Item | None:
    site = context.site
    if site.unknown_item_policy == UnknownItemPolicy.SUBSTITUTE:
        if site.substitute_item is None:
            plan.hold(HoldCode.MISSING_SUBSTITUTE_ITEM, subject=label_of(line))
        else:
            plan.decide("item", label_of(line), site.substitute_item.code, "substitute")
        substitute: Item | None = site.substitute_item
        return substitute
    if site.unknown_item_policy == UnknownItemPolicy.CREATE and line.sku:
        return _create_item(plan, context, line) if may_create else None
    plan.hold(HoldCode.UNKNOWN_SKU, subject=label_of(line), name=line.name[:200], product_id=line.product_id)
    return None


def _create_item(plan: OrderPlan, context: ImportContext, line: RemoteOrderLine) -> Item:
    code = clean_text(line.sku, 64).strip().upper()
    name = clean_text(line.name, 255)
    with transaction.atomic():
        item, created = Item.objects.get_or_create(
            code=code, defaults={"name1": name, "name2": name, "tax_plan": context.site.tax_plan}
        )
    context.remember_item(line, item)
    plan.decide("item", label_of(line), item.code, "created" if created else "found")
    return item


def plan_amounts(plan: OrderPlan) -> None:
    """Amounts rounded to the currency so that each column keeps its sum; rows of quantity 0 and no amount go."""
    remote = plan.remote
    currency = remote.currency
    columns = [
        settle([getattr(line, name) for line in remote.lines], currency)
        for name in ("subtotal_net", "subtotal_tax", "net", "tax")
    ]
    for index, (line, item) in enumerate(zip(remote.lines, plan.items, strict=True)):
        if item is None or line.quantity == 0:
            continue
        code, rate = code_and_rate(line.taxes)
        subtotal_net, subtotal_tax, net, tax = (column[index] for column in columns)
        shares = shares_of(line.taxes, tax, currency)
        plan.lines.append(
            PlannedLine(
                line,
                item,
                plan.units[index],
                line.quantity,
                subtotal_net,
                dict(shares) if subtotal_tax == tax else scale(shares, subtotal_tax, currency),
                net,
                shares,
                code,
                rate,
            )
        )
    taken = sum((line.subtotal_net - line.net for line in plan.lines), ZERO)
    for component, amount in discounts_in_lines(remote, taken).items():
        plan.place(component, Place.LINES, amount)
