"""Exchanges: the goods that a buyer gets instead of returned ones, as a sales order of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from activity.services import record_event
from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO
from erp.inputs import LineInput, SalesOrderInput
from erp.models import Item, SalesOrder
from erp.models.columns import plain
from erp.services.manual_documents import complete_sales_order
from erp.services.sales_orders import confirm_sales_order, create_sales_order
from erp.states import DocumentType
from linking.selectors import RemoteKey
from orders.models import ReturnOrder
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.return_intake import lock_return
from sites.choices import ReserveStock


@dataclass(frozen=True, slots=True)
class ExchangeGoods:
    """What is given instead. `amounts` are (net, tax) as the shop told; without them the unit price counts, and
    without that the ERP's price list. The unit price is in the tax mode of the order."""

    item: Item
    quantity: Decimal
    unit_price: Decimal | None = None
    amounts: tuple[Decimal, Decimal] | None = None


def make_exchange(
    *, row: ReturnOrder, context: ImportContext, goods: Sequence[ExchangeGoods] | None = None
) -> SalesOrder:
    """A confirmed sales order for the goods of an exchange, to the customer and address of the returned order.

    goods: what staff chose; None takes what the shop told. Call in a transaction with the return locked. What the
    buyer owes for it meets what the credit note owes the buyer in the customer's account. Raises PermanentError.
    """
    sales_order = row.order.sales_order if row.order else None
    if sales_order is None:
        raise PermanentError(
            f"Order {row.order_remote_id} of this return is not in the ERP.",
            code=HoldCode.RETURN_WITHOUT_ORDER,
        )
    chosen = list(goods) if goods is not None else _told(row, context)
    if not chosen:
        raise PermanentError(
            "No goods are named for the exchange.",
            code="empty_order",
            cure="Name at least one item and its quantity.",
        )
    order, _created = create_sales_order(data=_order_input(row, sales_order, chosen))
    if any(entry.amounts is None for entry in chosen):
        complete_sales_order(order=order)
    if context.site.auto_confirm_documents:
        confirm_sales_order(order=order, reserve=context.site.reserve_stock != ReserveStock.NO)
    return order


def exchange_by_hand(
    *, row: ReturnOrder, context: ImportContext, goods: Sequence[ExchangeGoods]
) -> SalesOrder:
    """Staff make the order of an exchange on the page of a posted return. Raises PermanentError; once per return."""
    with transaction.atomic():
        row = lock_return(row)
        if row.exchange_order is not None:
            raise PermanentError(
                f"The exchange of this return is {row.exchange_order} already.",
                code="illegal_state",
                cure="Change that sales order, or cancel it and make another by hand.",
            )
        order = make_exchange(row=row, context=context, goods=goods)
        row.exchange_order = order
        row.save(update_fields=["exchange_order", "updated_at"])
        assert row.order is not None  # `make_exchange` refuses a return without its order
        row.order.documents.get_or_create(
            document_type=DocumentType.SALES_ORDER,
            object_id=order.pk,
            defaults={"number": order.number[:60]},
        )
        record_event(
            kind="return.exchanged",
            site_code=row.site.code,
            subject=row.order,
            message=f"{row}: {order} {plain(order.grand_total)} {order.currency}",
        )
    return order


def _told(row: ReturnOrder, context: ImportContext) -> list[ExchangeGoods]:
    keys = [RemoteKey(entry["sku"], entry["product_id"], entry["variant_id"]) for entry in row.exchange_for]
    links = context.linked_keys(keys)
    goods = []
    for key, entry in zip(keys, row.exchange_for, strict=True):
        link = links.get(key)
        if link is None:
            raise PermanentError(
                f"'{entry['sku'] or entry['name']}' of the exchange is not linked to an item.",
                code=HoldCode.UNKNOWN_SKU,
                item=entry["sku"],
            )
        amounts = (Decimal(entry["net"]), Decimal(entry["tax"]))
        goods.append(ExchangeGoods(link.item, Decimal(entry["quantity"]), amounts=amounts))
    return goods


def _order_input(row: ReturnOrder, sold: SalesOrder, goods: Sequence[ExchangeGoods]) -> SalesOrderInput:
    told = all(entry.amounts is not None for entry in goods)
    return SalesOrderInput(
        channel=sold.channel,
        # Prices that the ERP computes belong to an order of its own, which bears no number of the shop.
        external_number=f"{sold.external_number}-X{row.number or row.remote_id}"[:100] if told else "",
        external_id="",
        content_hash="",
        customer=sold.customer,
        order_date=row.created_remote or timezone.now(),
        currency=sold.currency,
        exchange_rate=sold.exchange_rate,
        prices_include_tax=sold.prices_include_tax,
        lines=[_line_input(entry, sold) for entry in goods],
        price_list=sold.price_list,
        warehouse=sold.warehouse,
        delivery_method=sold.delivery_method,
        payment_terms=sold.payment_terms,
        salesperson=sold.salesperson,
        billing_address=sold.billing_address,
        shipping_address=sold.shipping_address,
        legal_entity=sold.legal_entity,
        branch=sold.branch,
        department=sold.department,
        sector=sold.sector,
        remarks=f"{sold.external_number or sold.number} R{row.number or row.remote_id}",
    )


def _line_input(entry: ExchangeGoods, sold: SalesOrder) -> LineInput:
    code, rate = _tax_of(sold)
    net, tax = entry.amounts or (ZERO, ZERO)
    whole = net + (tax if sold.prices_include_tax else ZERO)
    price = entry.unit_price or ZERO if entry.amounts is None else whole / entry.quantity
    return LineInput(
        item=entry.item,
        quantity=entry.quantity,
        unit_price=price,
        net_amount=net,
        tax_amount=tax,
        subtotal_net=net,
        description=entry.item.display_name[:500],
        tax_code=code,
        tax_rate=rate,
    )


def _tax_of(sold: SalesOrder) -> tuple[str, Decimal | None]:
    """The tax of the returned order, when all of it bears one rate; else each item's tax plan decides."""
    rates = set(sold.lines.values_list("tax_code", "tax_rate"))
    return rates.pop() if len(rates) == 1 else ("", None)
