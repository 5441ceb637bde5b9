"""A mapped shop, and orders as a WooCommerce shop of some size sends them: 5 lines, shipping, now and then a coupon."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from erp.inputs import MovementInput
from erp.models import (
    Customer,
    DeliveryMethod,
    ExternalReference,
    Item,
    ItemType,
    MovementType,
    PaymentMethod,
    UnitOfMeasure,
    Warehouse,
)
from erp.services.stock import post_movements
from platforms.types import (
    ChargeKind,
    DiscountKind,
    FinancialStatus,
    OrderPhase,
    RemoteAddress,
    RemoteCharge,
    RemoteCustomer,
    RemoteDiscount,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteTax,
    RemoteTotals,
)
from sites.models import DocumentGenerationLine, PaymentMethodLine, ShippingItemLine, Site

D = Decimal
ITEMS, KNOWN_CUSTOMERS = 400, 200
LINES = 5
ORDERED = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
VAT = D("0.15")
_numbers = itertools.count(1)


def make_shop() -> Site:
    """A site whose orders become sales order, invoice and receipt, all confirmed; its items are in stock."""
    warehouse = Warehouse.objects.create(code="MAIN", name2="Main", is_default=True)
    unit = UnitOfMeasure.objects.create(code="PCS", name2="Piece")
    items = Item.objects.bulk_create(
        Item(code=f"SKU-{n:04}", name1=f"صنف {n}", name2=f"Item {n}", base_unit=unit, standard_cost=D(5))
        for n in range(ITEMS)
    )
    post_movements(
        movements=[MovementInput(item, warehouse, D(1_000_000), MovementType.OPENING) for item in items]
    )
    Customer.objects.bulk_create(_known_customer(number) for number in range(KNOWN_CUSTOMERS))
    site = Site.objects.create(
        code="BENCH",
        site_type="woocommerce",
        url="https://bench.example.com",
        currency="SAR",
        default_warehouse=warehouse,
        remote_statuses_to_import=[],
    )
    ExternalReference.objects.bulk_create(
        ExternalReference(
            model_label="erp.customer", object_id=row.pk, system=site.code, external_id=row.code[1:]
        )
        for row in Customer.objects.all()
    )
    _map(site)
    return site


def _known_customer(number: int) -> Customer:
    return Customer(
        code=f"K{number}",
        name1=f"Known {number}",
        email=f"known{number}@example.com",
        mobile=f"+9665110{number:05}",
    )


def _map(site: Site) -> None:
    shipping = Item.objects.create(code="SHIP", name2="Shipping", item_type=ItemType.SERVICE)
    PaymentMethodLine.objects.create(
        site=site, remote_code="*", payment_method=PaymentMethod.objects.create(code="CARD")
    )
    ShippingItemLine.objects.create(
        site=site,
        remote_code="*",
        service_item=shipping,
        delivery_method=DeliveryMethod.objects.create(code="DHL", carrier="DHL"),
    )
    DocumentGenerationLine.objects.create(
        site=site,
        name="all",
        create_sales_order=True,
        create_invoice=True,
        create_receipt=True,
        auto_confirm=True,
    )


def orders() -> Iterator[RemoteOrder]:
    """Orders without end, none twice."""
    for number in _numbers:
        yield _order(number)


def _order(number: int) -> RemoteOrder:
    coupon = number % 5 == 0
    lines = tuple(_line(number, place, coupon=coupon) for place in range(LINES))
    shipping = RemoteCharge(
        remote_id="90",
        kind=ChargeKind.SHIPPING,
        code="flat_rate",
        title="Flat rate",
        net=D("20.00"),
        tax=D("3.00"),
        taxes=(_tax("3.00"),),
    )
    totals = _totals(lines, shipping)
    customer, address = _buyer(number)
    taken = totals.discount_net
    discounts = (
        (RemoteDiscount("SALE10", DiscountKind.COUPON, taken, totals.discount_tax, True),) if coupon else ()
    )
    moment = ORDERED + timedelta(seconds=number)
    return RemoteOrder(
        remote_id=str(100_000 + number),
        number=str(100_000 + number),
        created_at=moment,
        updated_at=moment,
        status="processing",
        phase=OrderPhase.OPEN,
        financial_status=FinancialStatus.PAID,
        currency="SAR",
        prices_include_tax=True,
        customer=customer,
        billing=address,
        shipping=address,
        lines=lines,
        charges=(shipping,),
        discounts=discounts,
        taxes=(RemoteTax("1", "VAT", D(15), totals.tax_total),),
        payments=(
            RemotePayment(
                "card", "Credit card", totals.grand_total, "SAR", moment, f"tx-{number}", is_paid=True
            ),
        ),
        totals=totals,
        raw=_raw(number, lines, totals, address),
    )


def _tax(amount: str | Decimal) -> RemoteTax:
    return RemoteTax("1", "VAT", D(15), D(amount))


def _line(number: int, place: int, *, coupon: bool) -> RemoteOrderLine:
    item = (number * 7 + place * 61) % ITEMS
    quantity = D(1 + (number + place) % 3)
    subtotal = quantity * (D("9.90") + item % 40)
    net = subtotal - (subtotal / 10).quantize(D("0.01")) if coupon else subtotal
    tax, subtotal_tax = (net * VAT).quantize(D("0.01")), (subtotal * VAT).quantize(D("0.01"))
    return RemoteOrderLine(
        remote_id=f"{number}{place}",
        sku=f"SKU-{item:04}",
        name=f"Item {item} of the shop",
        quantity=quantity,
        subtotal_net=subtotal,
        subtotal_tax=subtotal_tax,
        net=net,
        tax=tax,
        product_id=str(5000 + item),
        taxes=(_tax(tax),),
    )


def _totals(lines: tuple[RemoteOrderLine, ...], shipping: RemoteCharge) -> RemoteTotals:
    lines_net, lines_tax = sum((x.net for x in lines), D(0)), sum((x.tax for x in lines), D(0))
    return RemoteTotals(
        lines_net=lines_net,
        lines_tax=lines_tax,
        discount_net=sum((x.subtotal_net - x.net for x in lines), D(0)),
        discount_tax=sum((x.subtotal_tax - x.tax for x in lines), D(0)),
        shipping_net=shipping.net,
        shipping_tax=shipping.tax,
        fees_net=D(0),
        fees_tax=D(0),
        tax_total=lines_tax + shipping.tax,
        grand_total=lines_net + lines_tax + shipping.net + shipping.tax,
    )


def _buyer(number: int) -> tuple[RemoteCustomer, RemoteAddress]:
    """Of ten orders: four of customers that are known, four of new accounts, two of guests."""
    kind = number % 10
    if kind < 4:
        known = (number * 13) % KNOWN_CUSTOMERS
        email, phone, remote_id = f"known{known}@example.com", f"05110{known:05}", str(known)
    else:
        email, phone = f"buyer{number}@example.com", f"053{number:07}"
        remote_id = str(50_000 + number) if kind < 8 else ""
    address = RemoteAddress(
        first_name="Sara",
        last_name=f"Ali {number}",
        line1=f"King Fahd Road {number}",
        city="Riyadh",
        postal_code="12345",
        country="SA",
        phone=phone,
        email=email,
    )
    customer = RemoteCustomer(
        remote_id=remote_id,
        email=email,
        first_name="Sara",
        last_name=f"Ali {number}",
        phone=phone,
        is_guest=not remote_id,
    )
    return customer, address


def _raw(
    number: int, lines: tuple[RemoteOrderLine, ...], totals: RemoteTotals, address: RemoteAddress
) -> dict[str, Any]:
    """About as much as WooCommerce sends of such an order."""
    place = {
        "first_name": address.first_name,
        "last_name": address.last_name,
        "address_1": address.line1,
        "city": address.city,
        "postcode": address.postal_code,
        "country": address.country,
        "phone": address.phone,
        "email": address.email,
    }
    return {
        "id": 100_000 + number,
        "number": str(100_000 + number),
        "status": "processing",
        "currency": "SAR",
        "created_via": "checkout",
        "total": str(totals.grand_total),
        "total_tax": str(totals.tax_total),
        "billing": place,
        "shipping": place,
        "line_items": [_raw_line(line) for line in lines],
        "meta_data": [{"id": key, "key": f"_wc_meta_{key}", "value": "yes"} for key in range(8)],
        "payment_method": "card",
        "transaction_id": f"tx-{number}",
    }


def _raw_line(line: RemoteOrderLine) -> dict[str, Any]:
    return {
        "id": int(line.remote_id),
        "name": line.name,
        "product_id": int(line.product_id),
        "quantity": int(line.quantity),
        "subtotal": str(line.subtotal_net),
        "subtotal_tax": str(line.subtotal_tax),
        "total": str(line.net),
        "total_tax": str(line.tax),
        "sku": line.sku,
        "taxes": [{"id": 1, "total": str(line.tax), "subtotal": str(line.subtotal_tax)}],
        "meta_data": [],
    }
