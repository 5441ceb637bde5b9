"""The shapes we read, strict where money and identity are concerned and lenient elsewhere.

Money is `{amount, currency}`; labels mix Arabic digits and are never read. Times are the store's own without an offset, with
the name of the zone beside them. New fields may come at any time and are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import to_decimal
from platforms.salla.errors import PLATFORM

ZERO = Decimal(0)
RIYADH = ZoneInfo("Asia/Riyadh")


def amount_of(value: object) -> Decimal:
    """A money object or a bare number; nothing is zero. Raises ValueError."""
    if isinstance(value, Mapping):
        value = value.get("amount")
    return to_decimal(value)


def _required_amount(value: object) -> Decimal:
    inner = value.get("amount") if isinstance(value, Mapping) else value
    if inner is None or inner == "":
        raise ValueError("is empty, but an amount is needed")
    return to_decimal(inner)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def _list(value: object) -> object:
    return [] if value is None or value == "" or value == {} else value


def _object(value: object) -> object:
    """Empty objects come as empty lists, and absent ones as null."""
    return {} if value is None or value == [] or value == "" else value


def _identity(value: object) -> str:
    text = "" if isinstance(value, bool) else str(value or "").strip()
    if not text.isdigit() or text == "0":
        raise ValueError(f"{value!r} is not an id")
    return text


def _reference(value: object) -> str:
    """An id, or "" for 0 and null."""
    text = "" if value is None or isinstance(value, bool | list | dict) else str(value).strip()
    return "" if text == "0" else text


def moment_of(value: object) -> datetime | None:
    """`{date, timezone}`, or the text alone, as aware UTC; None for an empty one. A text without offset is Riyadh's."""
    zone: Any = RIYADH
    if isinstance(value, Mapping):
        name = str(value.get("timezone") or "")
        try:
            zone = ZoneInfo(name) if name else RIYADH
        except (ZoneInfoNotFoundError, ValueError):
            zone = RIYADH
        value = value.get("date")
    text = str(value or "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as err:
        raise ValueError(f"{text!r} is not a moment") from err
    return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)


def _needed_moment(value: object) -> datetime:
    moment = moment_of(value)
    if moment is None:
        raise ValueError("is empty, but a date is needed")
    return moment


Amount = Annotated[Decimal, BeforeValidator(amount_of)]
RequiredAmount = Annotated[Decimal, BeforeValidator(_required_amount)]
Text = Annotated[str, BeforeValidator(_text)]
Identity = Annotated[str, BeforeValidator(_identity)]
Reference = Annotated[str, BeforeValidator(_reference)]
Moment = Annotated[datetime | None, BeforeValidator(moment_of)]
NeededMoment = Annotated[datetime, BeforeValidator(_needed_moment)]
OneObject = BeforeValidator(_object)
OneList = BeforeValidator(_list)


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


class CustomizedShape(Shape):
    id: Reference = ""
    name: Text = ""


class StatusShape(Shape):
    id: Reference = ""
    name: Text = ""
    slug: Text = ""
    customized: Annotated[CustomizedShape, OneObject] = Field(default_factory=CustomizedShape)


class TaxShape(Shape):
    percent: Amount = ZERO
    amount: Amount = ZERO


class DiscountShape(Shape):
    title: Text = ""
    type: Text = ""
    code: Text = ""
    discount: Amount = ZERO
    discounted_shipping: Amount = ZERO


class AmountsShape(Shape):
    sub_total: RequiredAmount
    shipping_cost: Amount = ZERO
    cash_on_delivery: Amount = ZERO
    tax: Annotated[TaxShape, OneObject] = Field(default_factory=TaxShape)
    discounts: Annotated[list[DiscountShape], OneList] = Field(default_factory=list)
    total: RequiredAmount


class LineAmountsShape(Shape):
    price_without_tax: RequiredAmount
    total_discount: Amount = ZERO
    tax: TaxShape | None = None


class SoldProductShape(Shape):
    id: Reference = ""
    sku: Text = ""


class OptionValueShape(Shape):
    id: Reference = ""
    name: Text = ""


class LineOptionShape(Shape):
    name: Text = ""
    value: Any = None

    @property
    def shown(self) -> str:
        rows = self.value if isinstance(self.value, list) else [self.value]
        names = [str(row.get("name") or "") if isinstance(row, Mapping) else _text(row) for row in rows]
        return ", ".join(name for name in names if name)


class BranchShape(Shape):
    id: Reference = ""


class LineShape(Shape):
    id: Identity
    name: Text = ""
    sku: Text = ""
    quantity: RequiredAmount
    amounts: LineAmountsShape
    notes: Text = ""
    product: Annotated[SoldProductShape, OneObject] = Field(default_factory=SoldProductShape)
    options: Annotated[list[LineOptionShape], OneList] = Field(default_factory=list)
    branches_quantity: Annotated[list[BranchShape], OneList] = Field(default_factory=list)


class CustomerShape(Shape):
    id: Reference = ""
    first_name: Text = ""
    last_name: Text = ""
    mobile: Text = ""
    mobile_code: Text = ""
    email: Text = ""
    city: Text = ""
    country_code: Text = ""

    @property
    def phone(self) -> str:
        """E.164: `mobile` carries no dial code."""
        mobile = self.mobile.strip().lstrip("0")
        code = self.mobile_code.strip()
        if not mobile:
            return ""
        return f"{code if code.startswith('+') else f'+{code}' if code else ''}{mobile}"


class ReceiverShape(Shape):
    name: Text = ""
    email: Text = ""
    phone: Text = ""


class AddressShape(Shape):
    country_code: Text = ""
    city: Text = ""
    shipping_address: Text = ""
    street_number: Text = ""
    block: Text = ""
    postal_code: Text = ""


class ShippingShape(Shape):
    id: Reference = ""
    company: Text = ""
    receiver: Annotated[ReceiverShape, OneObject] = Field(default_factory=ReceiverShape)
    address: Annotated[AddressShape, OneObject] = Field(default_factory=AddressShape)


class TagShape(Shape):
    name: Text = ""


class RefundedShape(Shape):
    id: Reference = ""


class OwnRefundLineShape(Shape):
    """id: of the order's line, or shipping, fee, amount."""

    id: Text
    quantity: Amount = ZERO
    net: Amount = ZERO
    tax: Amount = ZERO


def _own_refund(value: object) -> object:
    """Payloads that were kept before lines were noted have the key alone."""
    return {"key": value} if isinstance(value, str) else value


class OwnRefundShape(Shape):
    key: Text
    amount: Amount = ZERO
    at: Moment = None
    lines: Annotated[list[OwnRefundLineShape], OneList] = Field(default_factory=list)


class OrderShape(Shape):
    id: Identity
    reference_id: Reference = ""
    date: NeededMoment
    updated_at: Moment = None
    status: StatusShape
    draft: bool = False
    is_price_quote: bool = False
    is_pending_payment: bool = False
    payment_method: Text = ""
    currency: Text
    amounts: AmountsShape
    customer: Annotated[CustomerShape, OneObject] = Field(default_factory=CustomerShape)
    shipping: Annotated[ShippingShape, OneObject] = Field(default_factory=ShippingShape)
    items: list[LineShape]
    tags: Annotated[list[TagShape], OneList] = Field(default_factory=list)
    #: Put in by us: what `/orders/items/refunded` names, whether the status is a part of 'restored', pieces per line of
    #: return shipments, and our refunds among its notes.
    refunded_items: Annotated[list[RefundedShape], OneList] = Field(default_factory=list)
    restored_in_part: bool = False
    return_pieces: Annotated[dict[str, Amount], OneObject] = Field(default_factory=dict)
    our_refunds: Annotated[list[Annotated[OwnRefundShape, BeforeValidator(_own_refund)]], OneList] = Field(
        default_factory=list
    )


ShapeType = TypeVar("ShapeType", bound=Shape)


def read_shape(shape: type[ShapeType], payload: Any, *, what: str) -> ShapeType:
    """The payload as `shape`. Raises InvalidPayload listing every fault by its path."""
    if not isinstance(payload, Mapping):
        raise InvalidPayload(
            f"{what} should be a JSON object and is {type(payload).__name__}.",
            platform=PLATFORM,
            cure="Look at the raw payload: Salla sent something else.",
        )
    try:
        return shape.model_validate(dict(payload))
    except ValidationError as err:
        faults = [_fault(fault) for fault in err.errors(include_url=False)]
        identity = str(payload.get("id", "")) or "?"
        raise InvalidPayload(
            f"{what} {identity} cannot be read: {'; '.join(faults[:10])}{' …' if len(faults) > 10 else ''}.",
            platform=PLATFORM,
            item=identity,
            cure="Read the order again; if the fault stays, send the raw payload to support.",
            details={"faults": faults},
        ) from err


def _fault(fault: Any) -> str:
    path = ".".join(str(part) for part in fault["loc"]) or "payload"
    if fault["type"] == "missing":
        return f"{path} is missing"
    return f"{path}: {str(fault['msg']).removeprefix('Value error, ')}"
