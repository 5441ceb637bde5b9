"""The shapes we read, strict where money and identity are concerned and lenient elsewhere.

Money of orders is text with 14 decimals and noise at the end, tax rates are fractions, dates bear no zone, and lists turn
into objects when they are not empty. What is required and missing is listed whole, so that staff see all faults at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import to_decimal
from platforms.zid.errors import PLATFORM

ZERO = Decimal(0)


def _amount(value: object) -> Decimal:
    return to_decimal(value)


def _required_amount(value: object) -> Decimal:
    if value is None or value == "":
        raise ValueError("is empty, but an amount is needed")
    return to_decimal(value)


def _optional_amount(value: object) -> Decimal | None:
    return None if value is None or value == "" else to_decimal(value)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def _label(value: object) -> str:
    """A name that comes as text, or in several languages."""
    if isinstance(value, Mapping):
        return str(value.get("ar") or next((text for text in value.values() if text), ""))
    return _text(value)


def _list(value: object) -> object:
    return [] if value is None or value == "" else value


def _object(value: object) -> object:
    """An empty list stands for no object."""
    return {} if value is None or value == "" or value == [] else value


def _identity(value: object) -> str:
    text = "" if isinstance(value, bool) else str(value or "").strip()
    if not text or text == "0":
        raise ValueError(f"{value!r} is not an id")
    return text


def _needed_text(value: object) -> str:
    text = str(value or "").strip()
    if not text:
        raise ValueError("is empty, but a date is needed")
    return text


Amount = Annotated[Decimal, BeforeValidator(_amount)]
RequiredAmount = Annotated[Decimal, BeforeValidator(_required_amount)]
OptionalAmount = Annotated[Decimal | None, BeforeValidator(_optional_amount)]
Text = Annotated[str, BeforeValidator(_text)]
Label = Annotated[str, BeforeValidator(_label)]
Identity = Annotated[str, BeforeValidator(_identity)]
Stamp = Annotated[str, BeforeValidator(_needed_text)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class StatusShape(Shape):
    code: Text = ""
    name: Text = ""


class CustomerShape(Shape):
    id: Text = ""
    name: Text = ""
    email: Text = ""
    mobile: Text = ""
    type: Text = ""
    business_name: Text = ""
    tax_number: Text = ""


class PersonShape(Shape):
    name: Text = ""
    mobile: Text = ""
    email: Text = ""


class PlaceShape(Shape):
    id: Text = ""
    name: Label = ""
    code: Text = ""


class MetaShape(Shape):
    postcode: Text = ""
    building_number: Text = ""


class AddressShape(Shape):
    formatted_address: Text = ""
    street: Text = ""
    district: Text = ""
    meta: Annotated[MetaShape, BeforeValidator(_object)] = MetaShape()
    city: Annotated[PlaceShape, BeforeValidator(_object)] = PlaceShape()
    country: Annotated[PlaceShape, BeforeValidator(_object)] = PlaceShape()


class TrackingShape(Shape):
    number: Text = ""
    url: Text = ""


class MethodShape(Shape):
    id: Text = ""
    name: Label = ""
    code: Text = ""
    tracking: Annotated[TrackingShape, BeforeValidator(_object)] = TrackingShape()


class ShippingShape(Shape):
    method: Annotated[MethodShape, BeforeValidator(_object)] = MethodShape()
    address: Annotated[AddressShape, BeforeValidator(_object)] = AddressShape()


class PaymentMethodShape(Shape):
    code: Text = ""
    name: Label = ""


class TotalShape(Shape):
    code: Text
    value: RequiredAmount
    title: Text = ""


class PaymentShape(Shape):
    method: Annotated[PaymentMethodShape, BeforeValidator(_object)] = PaymentMethodShape()
    invoice: Annotated[list[TotalShape], BeforeValidator(_list)] = Field(default_factory=list)


class DiscountShape(Shape):
    """amount: of the whole line, without tax."""

    amount: RequiredAmount


class OptionShape(Shape):
    name: Label = ""
    value: Label = ""


class LineShape(Shape):
    """id: the product, of a variant its own. tax_percentage: a fraction."""

    id: Text = ""
    order_product_id: Identity
    parent_id: Text = ""
    name: Label = ""
    sku: Text = ""
    quantity: RequiredAmount
    is_taxable: bool | None = None
    discounts: Annotated[dict[str, DiscountShape], BeforeValidator(_object)] = Field(default_factory=dict)
    net_price: OptionalAmount = None
    gross_price: OptionalAmount = None
    net_sale_price: OptionalAmount = None
    gross_sale_price: OptionalAmount = None
    net_additions_price: Amount = ZERO
    gross_additions_price: Amount = ZERO
    tax_percentage: Amount = ZERO
    price: OptionalAmount = None
    total: OptionalAmount = None
    options: Annotated[list[OptionShape], BeforeValidator(_list)] = Field(default_factory=list)


class CouponShape(Shape):
    code: Text = ""
    name: Text = ""


class CurrencyShape(Shape):
    code: Text = ""
    exchange_rate: OptionalAmount = None


class CurrenciesShape(Shape):
    order_currency: Annotated[CurrencyShape, BeforeValidator(_object)] = CurrencyShape()
    order_store_currency: Annotated[CurrencyShape, BeforeValidator(_object)] = CurrencyShape()


class CreditItemShape(Shape):
    product_id: Text = ""
    sku: Text = ""
    quantity: Amount = ZERO
    total: RequiredAmount


class CreditNoteShape(Shape):
    id: Identity
    invoice_number: Text = ""
    issue_reason: Text = ""
    items: Annotated[list[CreditItemShape], BeforeValidator(_list)] = Field(default_factory=list)
    order_total: RequiredAmount
    created_at: Stamp


class OrderShape(Shape):
    """`credit_notes` stand apart in the API and are put in here."""

    id: Identity
    code: Text = ""
    store_id: Text = ""
    order_status: StatusShape
    currency_code: Stamp
    customer: Annotated[CustomerShape, BeforeValidator(_object)] = CustomerShape()
    is_guest_customer: bool | int | None = None
    has_different_consignee: bool | int | None = None
    consignee: Annotated[PersonShape, BeforeValidator(_object)] = PersonShape()
    order_total: RequiredAmount
    transaction_reference: Text = ""
    payment_status: Text = ""
    created_at: Stamp
    updated_at: Text = ""
    shipping: Annotated[ShippingShape, BeforeValidator(_object)] = ShippingShape()
    payment: PaymentShape
    customer_note: Text = ""
    coupon: Annotated[CouponShape, BeforeValidator(_object)] = CouponShape()
    currency: Annotated[CurrenciesShape, BeforeValidator(_object)] = CurrenciesShape()
    products: list[LineShape]
    inventory_address: Annotated[PlaceShape, BeforeValidator(_object)] = PlaceShape()
    tags: Annotated[list[Any], BeforeValidator(_list)] = Field(default_factory=list)
    credit_notes: Annotated[list[CreditNoteShape], BeforeValidator(_list)] = Field(default_factory=list)


ShapeType = TypeVar("ShapeType", bound=Shape)


def read_shape(shape: type[ShapeType], payload: Mapping[str, Any], *, what: str) -> ShapeType:
    """Raises InvalidPayload listing every fault."""
    if not isinstance(payload, Mapping):
        raise InvalidPayload(
            f"{what} should be a JSON object and is {type(payload).__name__}.",
            platform=PLATFORM,
            cure="Look at the raw payload: the store sent something else.",
        )
    try:
        return shape.model_validate(payload)
    except ValidationError as err:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in err.errors()[:10]
        )
        raise InvalidPayload(
            f"{what} {payload.get('id', '?')} cannot be read: {faults}.",
            platform=PLATFORM,
            cure="Look at the raw payload; if the store's version changed, this version of ecomsync must learn it.",
        ) from err


def moment_of(text: str, zone: tzinfo) -> datetime:
    """`2026-01-30 15:56:02`, which bears no zone, or ISO 8601 with one, as aware UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
