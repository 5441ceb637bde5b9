"""Units that the shop has sold and the ERP does not hold yet, stated so that they are not offered again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from catalog.services.sold_units import clear_sold_units, note_given_back, set_sold_units
from ecomsync.common.money import ZERO
from erp.models import Item, ItemType, SalesOrder, UnitOfMeasure, Warehouse
from linking.selectors import RemoteKey
from orders.models import Order, OrderLine
from orders.services.admission import STATUS_NOT_IMPORTED
from orders.services.context import ImportContext
from orders.services.intake import MAX_QUANTITY, clean_text
from orders.services.plan import OrderPlan
from orders.states import OrderState
from platforms.types import FinancialStatus, OrderPhase, RemoteOrder, SoldLine
from sites.choices import OtherStatuses
from sites.models import Site

_UNPAID = (FinancialStatus.UNPAID.value, FinancialStatus.FAILED.value)
Sold = tuple[Item, UnitOfMeasure | None, Decimal]


def state_planned(
    order: Order, plan: OrderPlan, context: ImportContext, *, warehouse: Warehouse | None = None
) -> None:
    """What the plan of a held, left or draft order sells. warehouse: of its documents, else the site's first choice."""
    _state(order, [(line.item, line.unit, line.quantity) for line in plan.lines], context, warehouse)


def state_beyond(order: Order, plan: OrderPlan, sales_order: SalesOrder, context: ImportContext) -> None:
    """What the plan of a changed order sells beyond what its sales order asks for."""
    sold = base_units(((line.item, line.unit, line.quantity) for line in plan.lines), context)
    rows = sales_order.lines.select_related("item", "unit")
    for item, quantity in base_units(((row.item, row.unit, row.quantity) for row in rows), context).items():
        sold[item] = sold.get(item, ZERO) - quantity
    _set(order, sold, context, sales_order.warehouse)


def state_lines(order: Order, lines: Sequence[SoldLine], context: ImportContext) -> None:
    """What an order sells that could not be imported, as far as its lines are known; they are kept to be seen."""
    if not order.raw_hash:  # never read whole: these are all the rows there are
        order.lines.all().delete()
        OrderLine.objects.bulk_create(_row(order, number, line) for number, line in enumerate(lines, start=1))
    keys = [RemoteKey(line.sku, line.product_id, line.variant_id) for line in lines]
    links = context.linked_keys(keys)
    sold = [
        (links[key].item, links[key].unit, line.quantity)
        for key, line in zip(keys, lines, strict=True)
        if key in links
    ]
    _state(order, sold, context)


def clear_sold(order: Order) -> None:
    """The order is in the ERP now, or will never be."""
    clear_sold_units(site=order.site, remote_order_id=_key(order))


def note_cancelled(remote: RemoteOrder, context: ImportContext) -> None:
    """The shop has cancelled the order and given its units back by itself."""
    links = context.linked_keys(
        [RemoteKey(line.sku, line.product_id, line.variant_id) for line in remote.lines]
    )
    items = {link.item.pk for link in links.values()}
    if items:
        note_given_back(site=context.site, item_ids=items)


def note_gone(order: Order) -> None:
    """The order was trashed or deleted; whether the shop gave its units back, nobody says: its figures go again."""
    items = set(order.lines.filter(item__isnull=False).values_list("item_id", flat=True))
    if items:
        note_given_back(site=order.site, item_ids=items)


def sold_lines_of(remote: RemoteOrder) -> tuple[SoldLine, ...]:
    """The lines of an order that broke the import; none of one that is cancelled or not placed yet."""
    if remote.phase in (OrderPhase.CANCELLED, OrderPhase.INCOMPLETE):
        return ()
    return tuple(SoldLine(line.sku, line.product_id, line.variant_id, line.quantity) for line in remote.lines)


def counts_when_left(site: Site, *, reason: str, phase: str, financial_status: str) -> bool:
    """Whether an order that stays without documents counts as sold: only for its status, and as the site says."""
    if reason != STATUS_NOT_IMPORTED or phase != OrderPhase.OPEN.value:
        return False
    policy = site.orders_in_other_statuses
    return policy == OtherStatuses.ALL or (policy == OtherStatuses.PAID and financial_status not in _UNPAID)


def restate_sold(*, site: Site, skus: Collection[str]) -> int:
    """Products have just been linked: what waiting orders sold of them counts from now on. Returns how many orders."""
    unknown = OrderLine.objects.filter(
        Q(sku__in=list(skus)) | Q(sku=""), order__site=site, order__sales_order=None, item=None
    )
    states = (OrderState.HELD, OrderState.FAILED, OrderState.SKIPPED)
    ids = unknown.filter(order__state__in=states).order_by().values_list("order_id", flat=True).distinct()
    context, count = ImportContext(site), 0
    for key in sorted(ids):
        count += _restate(key, context)
    return count


def _restate(key: int, context: ImportContext) -> bool:
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).defer("raw").get(pk=key)
        order.site = context.site
        if order.sales_order_id is not None or not _counts(order):
            return False
        rows = list(order.lines.select_related("item"))
        links = context.linked_keys(_key_of(row) for row in rows)
        sold: list[Sold] = []
        for row in rows:
            link = links.get(_key_of(row))
            if link is not None:
                sold.append((link.item, link.unit, row.quantity))
            elif row.item is not None:
                sold.append((row.item, None, row.quantity))
        _state(order, sold, context)
    return True


def _counts(order: Order) -> bool:
    if order.state in (OrderState.HELD, OrderState.FAILED):
        return True
    return order.state == OrderState.SKIPPED and counts_when_left(
        order.site,
        reason=order.state_reason,
        phase=order.phase,
        financial_status=order.financial_status,
    )


def _key(order: Order) -> str:
    return order.remote_id[:64]


def _key_of(row: OrderLine) -> RemoteKey:
    return RemoteKey(row.sku, row.product_id, row.variant_id)


def _state(
    order: Order, sold: Iterable[Sold], context: ImportContext, warehouse: Warehouse | None = None
) -> None:
    _set(order, base_units(sold, context), context, warehouse)


def _set(
    order: Order, quantities: Mapping[int, Decimal], context: ImportContext, warehouse: Warehouse | None
) -> None:
    places = context.warehouses()
    place = warehouse or (places[0] if places else None)
    set_sold_units(
        site=context.site,
        remote_order_id=_key(order),
        quantities=quantities,
        warehouse_id=place.pk if place else None,
    )


def base_units(sold: Iterable[Sold], context: ImportContext) -> dict[int, Decimal]:
    """Item id -> base units. Services bind no stock."""
    rows = [row for row in sold if row[0].item_type != ItemType.SERVICE and ZERO < row[2] < MAX_QUANTITY]
    factors = context.unit_factors((item.pk, unit.pk) for item, unit, _quantity in rows if unit is not None)
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for item, unit, quantity in rows:
        found[item.pk] += quantity * (factors.get((item.pk, unit.pk), Decimal(1)) if unit else Decimal(1))
    return dict(found)


def _row(order: Order, number: int, line: SoldLine) -> OrderLine:
    quantity = line.quantity if abs(line.quantity) < MAX_QUANTITY else ZERO
    return OrderLine(
        order=order,
        line_no=number,
        sku=clean_text(line.sku, 255),
        product_id=clean_text(line.product_id, 100),
        variant_id=clean_text(line.variant_id, 100),
        quantity=quantity,
        subtotal_net=ZERO,
        subtotal_tax=ZERO,
        net=ZERO,
        tax=ZERO,
    )
