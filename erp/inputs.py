"""What the services of the ERP are given: plain values around master rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ecomsync.common.money import ZERO
from erp.models import (
    Branch,
    Customer,
    CustomerGroup,
    DeliveryMethod,
    Department,
    Item,
    LegalEntity,
    NumberSeries,
    PaymentTerms,
    PriceList,
    ReturnReason,
    SalesOrderLine,
    SalesPerson,
    Sector,
    StockMovement,
    UnitOfMeasure,
    Warehouse,
)

ONE = Decimal(1)

#: Address snapshot of a document: name, company, line1, line2, city, region, postal_code, country, phone, email.
Address = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TaxPart:
    """Tax at one rate, where a row has several. rate: percent, None when nobody tells."""

    code: str
    rate: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LineInput:
    """A sold line. Amounts without tax, except `unit_price`, which is in the document's tax mode."""

    item: Item
    quantity: Decimal
    unit_price: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    subtotal_net: Decimal
    discount_net: Decimal = ZERO
    description: str = ""
    tax_code: str = ""
    tax_rate: Decimal | None = None
    unit: UnitOfMeasure | None = None
    warehouse: Warehouse | None = None
    external_line_id: str = ""
    tax_parts: Sequence[TaxPart] = ()


@dataclass(frozen=True, slots=True)
class ChargeInput:
    """Shipping, a fee, gift wrap …; a negative amount is taken off."""

    kind: str
    description: str
    net_amount: Decimal
    tax_amount: Decimal
    tax_rate: Decimal | None = None
    service_item: Item | None = None
    external_line_id: str = ""
    tax_code: str = ""
    tax_parts: Sequence[TaxPart] = ()


@dataclass(frozen=True, slots=True)
class AddressInput:
    """An address as it came; `as_dict` is the snapshot that documents keep."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ADDRESS_KEYS}


ADDRESS_KEYS = (
    "name",
    "company",
    "line1",
    "line2",
    "city",
    "region",
    "postal_code",
    "country",
    "phone",
    "email",
)


@dataclass(frozen=True, slots=True)
class SalesOrderInput:
    """An order as the shop has it. Header discount amounts are positive and taken off."""

    channel: str
    external_number: str
    external_id: str
    content_hash: str
    customer: Customer
    order_date: dt.datetime
    currency: str
    prices_include_tax: bool
    lines: Sequence[LineInput]
    charges: Sequence[ChargeInput] = ()
    header_discount_net: Decimal = ZERO
    header_discount_tax: Decimal = ZERO
    header_discount_tax_parts: Sequence[TaxPart] = ()
    rounding: Decimal = ZERO
    exchange_rate: Decimal = ONE
    price_list: PriceList | None = None
    warehouse: Warehouse | None = None
    delivery_method: DeliveryMethod | None = None
    payment_terms: PaymentTerms | None = None
    salesperson: SalesPerson | None = None
    billing_address: dict[str, Any] = field(default_factory=dict)
    shipping_address: dict[str, Any] = field(default_factory=dict)
    coupon_code: str = ""
    note: str = ""
    legal_entity: LegalEntity | None = None
    branch: Branch | None = None
    department: Department | None = None
    sector: Sector | None = None
    number_series: NumberSeries | None = None
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class ReturnLineInput:
    """A returned quantity with its (positive) amounts."""

    order_line: SalesOrderLine | None
    item: Item
    quantity: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    restock_warehouse: Warehouse | None = None
    external_line_id: str = ""
    description: str = ""
    tax_code: str = ""
    tax_rate: Decimal | None = None
    unit: UnitOfMeasure | None = None
    tax_parts: Sequence[TaxPart] = ()


@dataclass(frozen=True, slots=True)
class MovementInput:
    """A line for the ledger: signed quantity in the item's base unit."""

    item: Item
    warehouse: Warehouse
    quantity: Decimal
    movement_type: str
    source_type: str = ""
    source_id: int | None = None
    source_line: int | None = None
    source_label: str = ""
    unit_cost: Decimal | None = None
    reversal_of: StockMovement | None = None
    posted_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ReservationInput:
    """Stock to hold, in the item's base unit."""

    item: Item
    warehouse: Warehouse
    quantity: Decimal
    order_line: SalesOrderLine | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ItemPriceInput:
    """A price to set in a list; the row with the same item, unit, quantity, customer and start is replaced."""

    item: Item
    price: Decimal
    min_quantity: Decimal = ONE
    unit: UnitOfMeasure | None = None
    customer: Customer | None = None
    discount_percent: Decimal | None = None
    special_price: Decimal | None = None
    special_price_from: dt.datetime | None = None
    special_price_to: dt.datetime | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class CustomerInput:
    """A customer to create or to fill in; empty text means unknown."""

    name1: str
    name2: str = ""
    customer_type: str = "individual"
    email: str = ""
    phone: str = ""
    mobile: str = ""
    country: str = ""
    tax_reg_no: str = ""
    customer_group: CustomerGroup | None = None
    price_list: PriceList | None = None
    currency: str = ""
    language: str = ""
    is_guest: bool = False
    marketing_consent: bool = False
    payment_terms_days: int = 0
    credit_limit: Decimal | None = None
    credit_check: str = "none"
    legal_entity: LegalEntity | None = None
    branch: Branch | None = None
    remarks: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """Header values of a return that are seldom needed."""

    return_date: dt.datetime | None = None
    return_reason: ReturnReason | None = None
    external_id: str = ""
    content_hash: str = ""
    exchange_rate: Decimal | None = None
    prices_include_tax: bool | None = None
    rounding: Decimal = ZERO
    remarks: str = ""
