"""Small worlds for tests of the ERP: plain functions that make valid rows."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone

from erp.inputs import ChargeInput, LineInput, MovementInput, SalesOrderInput
from erp.models import (
    Customer,
    Item,
    LegalEntity,
    MovementType,
    PaymentMethod,
    SalesOrder,
    StockBalance,
    UnitOfMeasure,
    Warehouse,
)
from erp.services.sales_orders import confirm_sales_order, create_sales_order
from erp.services.stock import post_movements

_sequence = itertools.count(1)
D = Decimal


def make_entity(**values: Any) -> LegalEntity:
    return LegalEntity.objects.create(**{"code": f"LE{next(_sequence)}", "base_currency": "SAR", **values})


def make_unit(code: str = "PCS") -> UnitOfMeasure:
    return UnitOfMeasure.objects.get_or_create(code=code)[0]


def make_item(code: str = "", **values: Any) -> Item:
    code = code or f"ITEM-{next(_sequence)}"
    return Item.objects.create(code=code, name2=f"Item {code}", base_unit=make_unit(), **values)


def make_warehouse(code: str = "RUH", **values: Any) -> Warehouse:
    return Warehouse.objects.get_or_create(code=code, defaults={"name2": code, **values})[0]


def make_customer(**values: Any) -> Customer:
    return Customer.objects.create(
        **{"code": f"C-{next(_sequence)}", "name1": "Sara", "name2": "Ali", **values}
    )


def make_method(code: str = "CARD") -> PaymentMethod:
    return PaymentMethod.objects.get_or_create(code=code)[0]


def stock_up(item: Item, warehouse: Warehouse, quantity: Decimal | int) -> None:
    post_movements(movements=[MovementInput(item, warehouse, D(quantity), MovementType.OPENING)])


def figures(item: Item, warehouse: Warehouse) -> tuple[Decimal, Decimal]:
    """(on hand, reserved)"""
    row = StockBalance.objects.filter(item=item, warehouse=warehouse).first()
    return (row.on_hand, row.reserved) if row else (D(0), D(0))


def line(item: Item, quantity: Any = 1, net: Any = "100", tax: Any = "15", **values: Any) -> LineInput:
    net = D(net)
    return LineInput(
        **{
            "item": item,
            "quantity": D(quantity),
            "unit_price": net / D(quantity),
            "net_amount": net,
            "tax_amount": D(tax),
            "subtotal_net": net,
            "tax_code": "VAT15",
            "tax_rate": D(15),
            **values,
        }
    )


def shipping(net: Any = "20", tax: Any = "3") -> ChargeInput:
    return ChargeInput("shipping", "Flat rate", D(net), D(tax), D(15), tax_code="VAT15")


def order_input(*lines: LineInput, **values: Any) -> SalesOrderInput:
    number = f"W{next(_sequence)}"
    return SalesOrderInput(
        **{
            "channel": "SHOP",
            "external_number": number,
            "external_id": number,
            "content_hash": "h1",
            "customer": values.get("customer") or make_customer(),
            "order_date": timezone.now(),
            "currency": "SAR",
            "prices_include_tax": False,
            "lines": lines,
            **values,
        }
    )


def make_order(*lines: LineInput, **values: Any) -> SalesOrder:
    return create_sales_order(data=order_input(*lines, **values))[0]


def make_confirmed(*lines: LineInput, **values: Any) -> SalesOrder:
    return confirm_sales_order(order=make_order(*lines, **values))
