"""Small worlds for tests of orders: a mapped site with items, and orders of the shop built by hand."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from erp.models import (
    Customer,
    Delivery,
    DeliveryMethod,
    Item,
    ItemType,
    PaymentMethod,
    Receipt,
    SalesInvoice,
    SalesOrder,
    StockMovement,
    StockReservation,
    Warehouse,
)
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
    RemoteReturn,
    RemoteReturnLine,
    RemoteTax,
    RemoteTotals,
)
from sites.models import DocumentGenerationLine, PaymentMethodLine, ShippingItemLine, Site
from tests.erp.factories import make_unit, make_warehouse, stock_up

D = Decimal
CENT = D("0.01")
ORDERED = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
_sequence = itertools.count(1)


# ---------------------------------------------------------------- the ERP side


def make_item(code: str, *, stock: int = 0, warehouse: Warehouse | None = None, **values: Any) -> Item:
    item = Item.objects.create(
        **{"code": code, "name1": code, "name2": code, "base_unit": make_unit(), **values}
    )
    if stock:
        stock_up(item, warehouse or make_warehouse(), stock)
    return item


def make_service(code: str) -> Item:
    return Item.objects.create(code=code, name2=code, item_type=ItemType.SERVICE)


def make_shop_site(**values: Any) -> Site:
    """A site that can import anything: every payment, every shipping, one rule that makes a sales order."""
    number = next(_sequence)
    defaults: dict[str, Any] = {
        "code": f"SHOP{number}",
        "site_type": "woocommerce",
        "url": f"https://shop{number}.example.com",
        "currency": "SAR",
        "default_warehouse": make_warehouse(),
        "remote_statuses_to_import": [],
    }
    rule = values.pop("rule", {})
    mapped = values.pop("mapped", True)
    site = Site.objects.create(**{**defaults, **values})
    if mapped:
        map_payment(site)
        map_shipping(site)
        DocumentGenerationLine.objects.create(site=site, name="all", **rule)
    return site


def map_payment(site: Site, code: str = "*", **values: Any) -> PaymentMethodLine:
    method = values.pop("method", None) or PaymentMethod.objects.get_or_create(code="CARD")[0]
    return PaymentMethodLine.objects.create(site=site, remote_code=code, payment_method=method, **values)


def map_shipping(site: Site, code: str = "*", **values: Any) -> ShippingItemLine:
    item = Item.objects.filter(code="SHIP").first() or make_service("SHIP")
    method = DeliveryMethod.objects.get_or_create(code="DHL", defaults={"carrier": "DHL"})[0]
    return ShippingItemLine.objects.create(
        site=site, remote_code=code, service_item=item, delivery_method=method, **values
    )


def one(model: Any) -> Any:
    """The only row of a table."""
    return model.objects.get()


def count_documents() -> dict[str, int]:
    """How many rows the ERP holds of everything an import may write."""
    models = (SalesOrder, Delivery, SalesInvoice, Receipt, StockMovement, StockReservation, Customer)
    return {model.__name__: model.objects.count() for model in models}


# ---------------------------------------------------------------- the shop side


def money(value: Any) -> Decimal:
    return D(value).quantize(CENT, rounding="ROUND_HALF_UP")


def make_line(
    sku: str = "A1",
    quantity: Any = 1,
    price: Any = "100",
    *,
    rate: Any = "15",
    discount: Any = "0",
    **values: Any,
) -> RemoteOrderLine:
    """price: of one unit, net; discount: of the whole line, net."""
    subtotal = money(D(quantity) * D(price))
    net = subtotal - money(discount)
    rate = D(rate)
    tax = money(net * rate / 100)
    taxes = (RemoteTax("1", f"VAT{rate:f}", rate, tax),) if rate else ()
    known: dict[str, Any] = {
        "remote_id": str(next(_sequence)),
        "sku": sku,
        "name": f"Product {sku}",
        "quantity": D(quantity),
        "subtotal_net": subtotal,
        "subtotal_tax": money(subtotal * rate / 100),
        "net": net,
        "tax": tax,
        "taxes": taxes,
    }
    return RemoteOrderLine(**{**known, **values})


def make_charge(
    kind: ChargeKind = ChargeKind.SHIPPING,
    net: Any = "20",
    *,
    code: str = "flat_rate",
    rate: Any = "15",
    **values: Any,
) -> RemoteCharge:
    tax = money(D(net) * D(rate) / 100)
    taxes = (RemoteTax("1", f"VAT{rate}", D(rate), tax),) if tax else ()
    known: dict[str, Any] = {
        "remote_id": str(next(_sequence)),
        "title": code.title(),
        "net": D(net),
        "tax": tax,
    }
    return RemoteCharge(**{**known, "kind": kind, "code": code, "taxes": taxes, **values})


def make_fee(net: Any = "5", *, code: str = "Gift", **values: Any) -> RemoteCharge:
    return make_charge(ChargeKind.FEE, net, code=code, **values)


def make_coupon(net: Any, tax: Any = "0", *, code: str = "SALE", in_lines: bool = True) -> RemoteDiscount:
    return RemoteDiscount(code, DiscountKind.COUPON, D(net), D(tax), in_lines)


def make_address(**values: str) -> RemoteAddress:
    known = {
        "first_name": "Sara",
        "last_name": "Ali",
        "line1": "King Fahd Road 1",
        "city": "Riyadh",
        "postal_code": "12345",
        "country": "SA",
        "phone": "0501234567",
        "email": "sara@example.com",
    }
    return RemoteAddress(**{**known, **values})


def make_buyer(**values: Any) -> RemoteCustomer:
    known: dict[str, Any] = {
        "remote_id": "7",
        "email": "sara@example.com",
        "first_name": "Sara",
        "last_name": "Ali",
        "phone": "0501234567",
        "is_guest": False,
    }
    return RemoteCustomer(**{**known, **values})


def totals_of(
    lines: Sequence[RemoteOrderLine],
    charges: Sequence[RemoteCharge],
    discounts: Sequence[RemoteDiscount] = (),
) -> RemoteTotals:
    """The totals a sound shop would send."""
    shipping = [charge for charge in charges if charge.kind is ChargeKind.SHIPPING]
    fees = [charge for charge in charges if charge.kind is not ChargeKind.SHIPPING]
    beside = [entry for entry in discounts if not entry.in_lines]
    beside_net, beside_tax = sum((e.net for e in beside), D(0)), sum((e.tax for e in beside), D(0))
    lines_net, lines_tax = sum((x.net for x in lines), D(0)), sum((x.tax for x in lines), D(0))
    tax = lines_tax + sum((x.tax for x in charges), D(0)) - beside_tax
    return RemoteTotals(
        lines_net=lines_net,
        lines_tax=lines_tax,
        discount_net=sum((x.subtotal_net - x.net for x in lines), D(0)) + beside_net,
        discount_tax=sum((x.subtotal_tax - x.tax for x in lines), D(0)) + beside_tax,
        shipping_net=sum((x.net for x in shipping), D(0)),
        shipping_tax=sum((x.tax for x in shipping), D(0)),
        fees_net=sum((x.net for x in fees), D(0)),
        fees_tax=sum((x.tax for x in fees), D(0)),
        tax_total=tax,
        grand_total=lines_net + sum((x.net for x in charges), D(0)) - beside_net + tax,
    )


def make_remote(*lines: RemoteOrderLine, **values: Any) -> RemoteOrder:
    """An order of the shop; without arguments one paid line of 100 net with shipping 20."""
    lines = lines or (make_line(),)
    charges = tuple(values.pop("charges", (make_charge(),)))
    discounts = tuple(values.pop("discounts", ()))
    totals = values.pop("totals", None) or totals_of(lines, charges, discounts)
    totals = dataclasses.replace(totals, **values.pop("total_changes", {}))
    remote_id = str(values.pop("remote_id", next(_sequence)))
    updated = values.pop("updated_at", ORDERED + timedelta(minutes=5))
    status = values.pop("status", "processing")
    currency = values.pop("currency", "SAR")
    paid = values.pop("paid", True)
    financial = values.pop("financial_status", FinancialStatus.PAID if paid else FinancialStatus.UNPAID)
    payments = values.pop(
        "payments",
        (
            RemotePayment(
                "card", "Card", totals.grand_total, currency, ORDERED, f"tx{remote_id}", is_paid=paid
            ),
        ),
    )
    known: dict[str, Any] = {
        "number": remote_id,
        "created_at": ORDERED,
        "updated_at": updated,
        "status": status,
        "phase": OrderPhase.OPEN,
        "financial_status": financial,
        "currency": currency,
        "prices_include_tax": True,
        "customer": make_buyer(),
        "billing": make_address(),
        "shipping": make_address(),
        "taxes": (),
        "payments": tuple(payments),
        "raw": {
            "id": remote_id,
            "status": status,
            "updated": updated.isoformat(),
            "total": str(totals.grand_total),
        },
    }
    return RemoteOrder(
        remote_id=remote_id,
        lines=lines,
        charges=charges,
        discounts=discounts,
        totals=totals,
        **{**known, **values},
    )


def later(remote: RemoteOrder, minutes: int = 10, **changes: Any) -> RemoteOrder:
    """A newer version of the same order; amounts follow changed lines."""
    updated = remote.updated_at + timedelta(minutes=minutes)
    if "lines" in changes or "charges" in changes:
        lines, charges = changes.get("lines", remote.lines), changes.get("charges", remote.charges)
        changes.setdefault("totals", totals_of(lines, charges, remote.discounts))
    status = changes.get("status", remote.status)
    raw = {**remote.raw, "updated": updated.isoformat(), "status": status, "changes": sorted(changes)}
    return dataclasses.replace(remote, updated_at=updated, raw=raw, **changes)


def make_refund(remote: RemoteOrder, total: Any, *lines: RemoteReturnLine, **values: Any) -> RemoteReturn:
    known: dict[str, Any] = {
        "remote_id": f"R{next(_sequence)}",
        "order_remote_id": remote.remote_id,
        "created_at": ORDERED + timedelta(days=2),
        "currency": remote.currency,
        "total": D(total),
        "lines": lines,
        "reason": "too small",
    }
    return RemoteReturn(**{**known, **values})


def refund_line(line: RemoteOrderLine, quantity: Any = 1, **values: Any) -> RemoteReturnLine:
    share = D(quantity) / line.quantity
    known: dict[str, Any] = {
        "order_line_id": line.remote_id,
        "sku": line.sku,
        "name": line.name,
        "quantity": D(quantity),
        "net": money(line.net * share),
        "tax": money(line.tax * share),
    }
    return RemoteReturnLine(**{**known, **values})
