"""The shapes we read, strict where money and identity are concerned and lenient elsewhere.

Plugins add and change members at will: unknown ones are ignored, empty PHP arrays stand for empty objects, and meta
data may hold anything. What is required and missing is listed whole, so that staff see all faults at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO, to_decimal

#: WooCommerce computes to six decimals. What stands behind is the noise of a plugin that used binary numbers.
_NOISE = Decimal("1e-8")


def _amount(value: object) -> Decimal:
    amount = to_decimal(value)
    exponent = amount.as_tuple().exponent
    noisy = isinstance(exponent, int) and exponent < -8 and amount.adjusted() < 18
    return amount.quantize(_NOISE).normalize() + ZERO if noisy else amount


def _required_amount(value: object) -> Decimal:
    if value is None or value == "":
        raise ValueError("is empty, but an amount is needed")
    return _amount(value)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def _object(value: object) -> object:
    """PHP writes an empty object as []."""
    return {} if value is None or value == [] else value


def _list(value: object) -> object:
    """PHP writes a list with holes as an object."""
    if value is None or value == "":
        return []
    return list(value.values()) if isinstance(value, Mapping) else value


def _moment(value: object) -> datetime | None:
    """A `_gmt` stamp: UTC without offset."""
    if value is None or value == "":
        return None
    moment = datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _identity(value: object) -> str:
    text = "" if isinstance(value, bool) else str(value or "").strip()
    if not text.isdigit() or text == "0":
        raise ValueError(f"{value!r} is not an id")
    return text


Amount = Annotated[Decimal, BeforeValidator(_amount)]
RequiredAmount = Annotated[Decimal, BeforeValidator(_required_amount)]
Text = Annotated[str, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Identity = Annotated[str, BeforeValidator(_identity)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


class MetaRow(Shape):
    key: Text = ""
    value: Any = None
    display_key: Any = None
    display_value: Any = None


Meta = Annotated[list[MetaRow], BeforeValidator(_list)]


class AddressShape(Shape):
    first_name: Text = ""
    last_name: Text = ""
    company: Text = ""
    address_1: Text = ""
    address_2: Text = ""
    city: Text = ""
    state: Text = ""
    postcode: Text = ""
    country: Text = ""
    email: Text = ""
    phone: Text = ""


Address = Annotated[AddressShape, BeforeValidator(_object)]


class TaxShare(Shape):
    id: Text = ""
    total: Amount = Decimal(0)
    subtotal: Amount = Decimal(0)


TaxShares = Annotated[list[TaxShare], BeforeValidator(_list)]


class LineShape(Shape):
    id: Identity
    name: Text = ""
    product_id: Text = ""
    variation_id: Text = ""
    quantity: RequiredAmount
    subtotal: RequiredAmount
    subtotal_tax: Amount = Decimal(0)
    total: RequiredAmount
    total_tax: Amount
    taxes: TaxShares = Field(default_factory=list)
    price: Annotated[
        Decimal | None, BeforeValidator(lambda v: None if v in (None, "") else to_decimal(v))
    ] = None  # total / quantity, not rounded
    meta_data: Meta = Field(default_factory=list)
    sku: Text = ""


class ShippingShape(Shape):
    id: Identity
    method_title: Text = ""
    method_id: Text = ""
    total: RequiredAmount
    total_tax: Amount = Decimal(0)
    taxes: TaxShares = Field(default_factory=list)


class FeeShape(Shape):
    id: Identity
    name: Text = ""
    total: RequiredAmount
    total_tax: Amount = Decimal(0)
    taxes: TaxShares = Field(default_factory=list)


class CouponShape(Shape):
    id: Text = ""
    code: Text = ""
    discount: Amount = Decimal(0)
    discount_tax: Amount = Decimal(0)


class TaxLineShape(Shape):
    rate_id: Text = ""
    rate_code: Text = ""
    label: Text = ""
    compound: Annotated[bool, BeforeValidator(bool)] = False
    tax_total: Amount = Decimal(0)
    shipping_tax_total: Amount = Decimal(0)
    rate_percent: Annotated[
        Decimal | None, BeforeValidator(lambda v: None if v in (None, "") else to_decimal(v))
    ] = None


class RefundSummary(Shape):
    id: Identity
    reason: Text = ""
    total: Amount = Decimal(0)


class OrderShape(Shape):
    id: Identity
    number: Text = ""
    status: Annotated[str, Field(min_length=1)]
    currency: Annotated[str, Field(min_length=3, max_length=3)]
    prices_include_tax: bool = False
    date_created_gmt: Moment
    date_modified_gmt: Moment = None
    date_paid_gmt: Moment = None
    discount_total: Amount = Decimal(0)
    discount_tax: Amount = Decimal(0)
    shipping_total: Amount = Decimal(0)
    shipping_tax: Amount = Decimal(0)
    total: RequiredAmount
    total_tax: RequiredAmount
    customer_id: Text = ""
    customer_note: Text = ""
    payment_method: Text = ""
    payment_method_title: Text = ""
    transaction_id: Text = ""
    billing: Address
    shipping: Address = Field(default_factory=AddressShape)
    line_items: Annotated[list[LineShape], BeforeValidator(_list)]
    shipping_lines: Annotated[list[ShippingShape], BeforeValidator(_list)]
    fee_lines: Annotated[list[FeeShape], BeforeValidator(_list)]
    tax_lines: Annotated[list[TaxLineShape], BeforeValidator(_list)] = Field(default_factory=list)
    coupon_lines: Annotated[list[CouponShape], BeforeValidator(_list)] = Field(default_factory=list)
    refunds: Annotated[list[RefundSummary], BeforeValidator(_list)] = Field(default_factory=list)
    meta_data: Meta = Field(default_factory=list)


class RefundLineShape(Shape):
    id: Text = ""
    name: Text = ""
    method_title: Text = ""
    product_id: Text = ""
    variation_id: Text = ""
    quantity: Amount = Decimal(0)
    total: Amount = Decimal(0)
    total_tax: Amount = Decimal(0)
    taxes: TaxShares = Field(default_factory=list)
    sku: Text = ""
    meta_data: Meta = Field(default_factory=list)


RefundLines = Annotated[list[RefundLineShape], BeforeValidator(_list)]


class RefundShape(Shape):
    id: Identity
    date_created_gmt: Moment
    amount: RequiredAmount
    reason: Text = ""
    line_items: RefundLines = Field(default_factory=list)
    shipping_lines: RefundLines = Field(default_factory=list)
    fee_lines: RefundLines = Field(default_factory=list)
    tax_lines: Annotated[list[TaxLineShape], BeforeValidator(_list)] = Field(default_factory=list)
    refunded_payment: bool | None = None
    meta_data: Meta = Field(default_factory=list)


ShapeType = TypeVar("ShapeType", bound=Shape)


def read_shape(shape: type[ShapeType], payload: Any, *, what: str) -> ShapeType:
    """The payload as `shape`. Raises InvalidPayload listing every fault by its path."""
    if not isinstance(payload, Mapping):
        raise InvalidPayload(
            f"{what} should be a JSON object and is {type(payload).__name__}.",
            platform="woocommerce",
            cure="Look at the raw payload: the shop or a plugin sent something else.",
        )
    try:
        return shape.model_validate(dict(payload))
    except ValidationError as err:
        faults = [_fault(fault) for fault in err.errors(include_url=False)]
        identity = str(payload.get("id", "")) or "?"
        raise InvalidPayload(
            f"{what} {identity} cannot be read: {'; '.join(faults[:10])}{' …' if len(faults) > 10 else ''}.",
            platform="woocommerce",
            item=identity,
            cure="Open the record in the shop and save it again; if the fault stays, a plugin changes the API's answers.",
            details={"faults": faults},
        ) from err


def _fault(fault: Any) -> str:
    path = ".".join(str(part) for part in fault["loc"]) or "payload"
    if fault["type"] == "missing":
        return f"{path} is missing"
    return f"{path}: {str(fault['msg']).removeprefix('Value error, ')}"


def meta_value(rows: list[MetaRow], *keys: str) -> str:
    """The first non-empty text or number among meta rows of these keys, in the order of the keys."""
    for key in keys:
        for row in rows:
            if (
                row.key == key
                and isinstance(row.value, str | int | Decimal)
                and not isinstance(row.value, bool)
            ):
                text = str(row.value).strip()
                if text:
                    return text
    return ""


class SoldLineShape(Shape):
    """What of an order's line tells whether its goods went back to the shop's stock."""

    id: Text = ""
    quantity: Amount = Decimal(0)
    meta_data: Meta = Field(default_factory=list)


class SoldShape(Shape):
    currency: Text = ""
    line_items: Annotated[list[SoldLineShape], BeforeValidator(_list)] = Field(default_factory=list)
