"""ERP documents of an order: made in one savepoint, proved as saved, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO
from erp.inputs import ChargeInput, LineInput, SalesOrderInput
from erp.models import Customer, Delivery, Receipt, SalesInvoice, SalesOrder, SalesOrderLine, Warehouse
from erp.models.sales import ChargeKind as ErpChargeKind
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.sales_orders import confirm_sales_order, create_sales_order
from erp.states import DocumentType
from orders.models import Order, OrderDocument
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.figures import Figures
from orders.services.intake import address_json, clean_text
from orders.services.payment_proof import payment_rows
from orders.services.payments import counting_receipts, paid_amount, take_payments
from orders.services.plan import OrderPlan, PlannedCharge, PlannedLine
from orders.services.routing import choose_places
from orders.services.rules import Wanted
from orders.services.shares import as_parts
from orders.services.shipments import deliver_shipment, shipments_to_take
from orders.services.totals import (
    ProofRow,
    beside_invoice,
    compare,
    invoice_figures,
    mismatch_of,
    saved_figures,
    shop_figures,
    told,
)
from platforms.types import RemoteOrder
from sites.choices import PricesIncludeTax, ReserveStock
from sites.models import Site


class ProofFailed(PermanentError):
    """The saved documents do not say what the shop says; everything is rolled back."""

    default_code = HoldCode.TOTAL_MISMATCH

    def __init__(self, rows: Sequence[ProofRow]) -> None:
        super().__init__(told(mismatch_of(rows)))
        self.rows = list(rows)


@dataclass(slots=True)
class Documents:
    """What was made of one order."""

    sales_order: SalesOrder
    deliveries: list[Delivery] = field(default_factory=list)
    invoice: SalesInvoice | None = None
    receipts: list[Receipt] = field(default_factory=list)
    proof: list[ProofRow] = field(default_factory=list)
    confirmed: bool = False

    def rows(self, order: Order) -> list[OrderDocument]:
        """The links that the order's page shows."""
        found: list[tuple[str, Any]] = [(DocumentType.SALES_ORDER, self.sales_order)]
        found += [(DocumentType.DELIVERY, delivery) for delivery in self.deliveries]
        if self.invoice is not None:
            found.append((DocumentType.INVOICE, self.invoice))
        found += [(DocumentType.RECEIPT, receipt) for receipt in self.receipts]
        return [
            OrderDocument(
                order=order, document_type=str(kind), object_id=document.pk, number=document.number[:60]
            )
            for kind, document in found
        ]


def generate_documents(
    *, order: Order, plan: OrderPlan, wanted: Wanted, customer: Customer, context: ImportContext
) -> Documents:
    """Create, prove and carry forward the documents that the rules want. Call inside a transaction.

    Raises ProofFailed, or the refusal of the ERP (PermanentError, ConfigurationError): the caller rolls back.
    """
    data = sales_order_input(order=order, plan=plan, wanted=wanted, customer=customer, context=context)
    sales_order, _created = create_sales_order(data=data)
    made = Documents(sales_order, proof=prove(plan, sales_order))
    made.confirmed = confirm_as_wanted(sales_order, wanted, context.site, prepaid=paid_amount(plan.remote))
    if made.confirmed and not context.historic:
        shipped = shipments_to_take(order, plan.remote, context)
        made.deliveries = [deliver_shipment(sales_order, entry, context) for entry in shipped]
    made.deliveries += make_deliveries(sales_order, wanted, context.site, moves_stock=not context.historic)
    made.invoice = make_invoice(sales_order, wanted, context.site)
    if made.invoice is not None:
        made.proof = prove_invoice(made.proof, invoice_figures(made.invoice, plan.placements))
    if wanted.receipt:
        confirm = confirms(wanted, context.site, DocumentType.RECEIPT)
        made.receipts = take_payments(
            order=order,
            plan=plan,
            sales_order=sales_order,
            context=context,
            confirm=confirm,
            is_first=order.imported_at is None,
            invoice=made.invoice
            if confirm and confirms(wanted, context.site, DocumentType.INVOICE)
            else None,
        )
    if order.imported_at is None:
        made.proof = prove_payments(plan, wanted, made)
    else:
        received = [*counting_receipts(order), *made.receipts]
        made.proof = _proved([*made.proof, *payment_rows(plan, received, wanted=wanted.receipt)])
    return made


def confirms(wanted: Wanted, site: Site, document_type: str) -> bool:
    """Whether a document goes beyond a draft: the site's switch and the word of the lines."""
    return site.auto_confirm_documents and wanted.confirms(document_type)


def confirm_as_wanted(
    sales_order: SalesOrder, wanted: Wanted, site: Site, *, prepaid: Decimal = ZERO
) -> bool:
    """Confirm where the rules say so, where stock is held on import, and where deliveries or invoices follow."""
    if not is_confirmed(wanted, site):
        return False
    confirm_sales_order(
        order=sales_order, reserve=reserves(wanted, site), prepaid=prepaid, delivers=wanted.delivery
    )
    return True


def is_confirmed(wanted: Wanted, site: Site) -> bool:
    """Whether the sales order is: stock is held by confirmed orders, and deliveries and invoices follow them."""
    holds_now = wanted.reservation or site.reserve_stock == ReserveStock.ON_IMPORT
    return confirms(wanted, site, DocumentType.SALES_ORDER) or holds_now or wanted.delivery or wanted.invoice


def reserves(wanted: Wanted, site: Site) -> bool:
    """Whether a confirmed order holds its stock."""
    return wanted.reservation or site.reserve_stock != ReserveStock.NO


def make_deliveries(
    sales_order: SalesOrder, wanted: Wanted, site: Site, *, moves_stock: bool = True
) -> list[Delivery]:
    """Deliveries of all that is open, one for each warehouse; none when nothing is."""
    if not wanted.delivery:
        return []
    by_place: dict[int | None, dict[int, Decimal]] = {}
    for line in sales_order.lines.select_related("item"):
        if line.item.is_deliverable and line.open_to_deliver > 0:
            by_place.setdefault(line.warehouse_id, {})[line.pk] = line.open_to_deliver
    made = []
    for quantities in by_place.values():
        delivery = create_delivery(order=sales_order, quantities=quantities)
        if confirms(wanted, site, DocumentType.DELIVERY):
            delivery = ship_delivery(
                delivery=delivery,
                post_entries=site.generate_accounting_entries,
                moves_stock=moves_stock,
            )
        made.append(delivery)
    return made


def make_invoice(
    sales_order: SalesOrder, wanted: Wanted, site: Site, *, lines: Sequence[SalesOrderLine] | None = None
) -> SalesInvoice | None:
    """The invoice that the rules want, over all that is open, or over these lines and the open charges."""
    if not wanted.invoice:
        return None
    series = wanted.series.get(DocumentType.INVOICE)
    quantities = None if lines is None else {line.pk: line.open_to_invoice for line in lines}
    invoice = create_invoice(order=sales_order, quantities=quantities, number_series=series)
    if confirms(wanted, site, DocumentType.INVOICE):
        invoice = issue_invoice(invoice=invoice, post_entries=site.generate_accounting_entries)
    return invoice


def prove(plan: OrderPlan, sales_order: SalesOrder) -> list[ProofRow]:
    """Compare the shop with the order as saved. Raises ProofFailed."""
    return prove_figures(plan, saved_figures(sales_order, plan.placements))


def prove_figures(plan: OrderPlan, saved: Figures) -> list[ProofRow]:
    """Compare the shop with the figures of an order as it was read back. Raises ProofFailed."""
    return _proved(compare(plan.remote, shop_figures(plan.remote), saved, own_rounding=plan.own_rounding))


def prove_invoice(proof: Sequence[ProofRow], saved: Figures) -> list[ProofRow]:
    """The proof with the figures of the full invoice, as it was read back, beside it. Raises ProofFailed."""
    return _proved(beside_invoice(proof, saved))


def prove_payments(plan: OrderPlan, wanted: Wanted, made: Documents) -> list[ProofRow]:
    """The proof of new documents with what was paid under it. Raises ProofFailed."""
    return _proved([*made.proof, *payment_rows(plan, made.receipts, wanted=wanted.receipt)])


def _proved(rows: list[ProofRow]) -> list[ProofRow]:
    if mismatch_of(rows):
        raise ProofFailed(rows)
    return rows


def sales_order_input(
    *, order: Order, plan: OrderPlan, wanted: Wanted, customer: Customer, context: ImportContext
) -> SalesOrderInput:
    """The plan in the words of the ERP."""
    site, remote = context.site, plan.remote
    gross = with_tax(site, remote)
    places = choose_places(plan, wanted, context)
    handling = dict.fromkeys(payment.line.special_handling for payment in plan.payments)
    return SalesOrderInput(
        channel=site.code,
        external_number=clean_text(remote.number or remote.remote_id, 100),
        external_id=clean_text(remote.remote_id, 100),
        content_hash=order.relevant_hash,
        customer=customer,
        order_date=remote.created_at,
        currency=remote.currency,
        prices_include_tax=gross,
        lines=[
            line_input(line, gross=gross, warehouse=places.of_line(index))
            for index, line in enumerate(plan.lines)
        ],
        charges=[charge_input(charge) for charge in plan.charges],
        header_discount_net=plan.header_discount_net,
        header_discount_tax=plan.header_discount_tax,
        header_discount_tax_parts=as_parts(plan.header_discount_shares),
        rounding=plan.rounding,
        exchange_rate=context.exchange_rate(remote.currency, remote.created_at) or Decimal(1),
        price_list=wanted.price_list or site.price_list,
        warehouse=places.order,
        delivery_method=plan.delivery_method,
        payment_terms=wanted.payment_terms,
        salesperson=wanted.salesperson,
        billing_address=address_json(remote.billing),
        shipping_address=address_json(remote.shipping),
        coupon_code=clean_text(", ".join(entry.code for entry in remote.discounts if entry.code), 255),
        note=clean_text(remote.note),
        legal_entity=site.legal_entity,
        branch=site.branch,
        department=site.department,
        sector=site.sector,
        number_series=wanted.series.get(DocumentType.SALES_ORDER),
        remarks="\n".join(text for text in handling if text),
    )


def with_tax(site: Site, remote: RemoteOrder) -> bool:
    """Whether unit prices of the documents include tax."""
    if site.prices_include_tax == PricesIncludeTax.FROM_ORDER:
        return remote.prices_include_tax
    return site.prices_include_tax == PricesIncludeTax.YES


def line_input(line: PlannedLine, *, gross: bool, warehouse: Warehouse | None = None) -> LineInput:
    """A planned line in the words of the ERP. gross: the document's unit prices include tax."""
    whole = line.subtotal_net + (line.subtotal_tax if gross else ZERO)
    return LineInput(
        item=line.item,
        quantity=line.quantity,
        unit_price=whole / line.quantity,
        net_amount=line.net,
        tax_amount=line.tax,
        subtotal_net=line.subtotal_net,
        discount_net=line.subtotal_net - line.net,
        description=clean_text(line.remote.name or line.item.display_name, 500),
        tax_code=line.tax_code,
        tax_rate=line.tax_rate,
        unit=line.unit,
        warehouse=warehouse,
        external_line_id=clean_text(line.remote.remote_id, 100),
        tax_parts=as_parts(line.shares),
    )


def charge_input(charge: PlannedCharge) -> ChargeInput:
    description = charge.description or str(ErpChargeKind(charge.kind).label)
    return ChargeInput(
        kind=charge.kind,
        description=description,
        net_amount=charge.net,
        tax_amount=charge.tax,
        tax_rate=charge.tax_rate,
        service_item=charge.service_item,
        external_line_id=charge.remote_id,
        tax_code=charge.tax_code,
        tax_parts=as_parts(charge.shares),
    )
