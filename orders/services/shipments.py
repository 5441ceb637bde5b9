"""Goods that left by the shop's own shipping desk: deliveries in the ERP, each shipment once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from activity.services import record_event
from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import ZERO
from erp.errors import QuantityExceeded
from erp.models import Delivery, SalesOrder
from erp.services.deliveries import create_delivery, ship_delivery
from orders.models import Order
from orders.reasons import Hold, HoldCode
from orders.services import outbox
from orders.services.context import ImportContext
from orders.services.flags import flag_order
from orders.services.intake import clean_text
from orders.services.result import ImportResult
from orders.states import ImportOutcome
from platforms.types import RemoteOrder, RemoteShipment
from sites.choices import ShopShipmentsPolicy


def shipments_to_take(order: Order, remote: RemoteOrder, context: ImportContext) -> list[RemoteShipment]:
    """Shipments that have no delivery yet, where the site makes deliveries of them."""
    if not remote.shipments or context.site.shop_shipments_policy != ShopShipmentsPolicy.DELIVER:
        return []
    known = set(
        Delivery.objects.filter(order=order.sales_order)
        .exclude(external_id="")
        .values_list("external_id", flat=True)
    )
    return [entry for entry in remote.shipments if clean_text(entry.remote_id, 100) not in known]


def take_shipments(
    order: Order,
    sales_order: SalesOrder,
    shipments: Sequence[RemoteShipment],
    context: ImportContext,
    result: ImportResult,
) -> ImportResult:
    """Deliver what the shop shipped. A shipment that the ERP refuses is flagged and tried with the next version."""
    names = []
    trouble: Hold | None = None
    for shipment in shipments:
        try:
            with outbox.attempt():
                delivery = deliver_shipment(sales_order, shipment, context)
        except (PermanentError, ConfigurationError) as error:
            trouble = Hold(HoldCode.SHIPMENT_NOT_TAKEN, subject=shipment.remote_id, message=str(error))
        else:
            names.append(f"delivery {delivery}")
    flag_order(order, trouble, code=HoldCode.SHIPMENT_NOT_TAKEN)
    if not names:
        return (
            result
            if trouble is None
            else ImportResult(ImportOutcome.UPDATED, order, (trouble,), code=trouble.code)
        )
    record_event(kind="order.shipped", site_code=order.site.code, subject=order, message=", ".join(names))
    return ImportResult(
        ImportOutcome.UPDATED,
        order,
        holds=result.holds,
        documents=(*result.documents, *names),
        code=result.code,
        message=", ".join(part for part in (result.message, *names) if part),
    )


def deliver_shipment(sales_order: SalesOrder, shipment: RemoteShipment, context: ImportContext) -> Delivery:
    """A shipped delivery that bears the shop's id of the shipment. Refusals of the ERP are raised."""
    delivery = create_delivery(
        order=sales_order,
        quantities=_quantities(sales_order, shipment),
        warehouse=context.warehouse_at(shipment.location_id),
        before_drafts=True,
    )
    delivery.external_id = clean_text(shipment.remote_id, 100)
    delivery.save(update_fields=["external_id"])
    return ship_delivery(
        delivery=delivery,
        carrier=clean_text(shipment.carrier, 100),
        tracking_numbers=[clean_text(number, 100) for number in shipment.tracking_numbers],
        post_entries=context.site.generate_accounting_entries,
    )


def _quantities(sales_order: SalesOrder, shipment: RemoteShipment) -> dict[int, Decimal] | None:
    """Order line -> quantity; None for all that is open. Raises QuantityExceeded for more than is open."""
    if not shipment.lines:
        return None
    rows = list(sales_order.lines.select_related("item").order_by("line_no"))
    found: dict[int, Decimal] = {}
    for line_id, quantity in shipment.lines:
        left = quantity
        for row in rows:
            if row.external_line_id == line_id and row.item.is_deliverable:
                part = min(left, row.open_to_deliver - found.get(row.pk, ZERO))
                if part > 0:
                    found[row.pk] = found.get(row.pk, ZERO) + part
                    left -= part
        if left > 0:
            raise QuantityExceeded(
                f"Shipment {shipment.remote_id} holds {left:f} of line {line_id} beyond what is open.",
                item=line_id,
            )
    return found
