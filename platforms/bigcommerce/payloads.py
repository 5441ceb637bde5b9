"""The shapes we read, strict where money and identity are concerned and lenient elsewhere.

Money of orders is text with four decimals, of refunds JSON numbers. New fields may come at any time and are ignored. What
is required and missing is listed whole, so that staff see all faults at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import to_decimal
from platforms.bigcommerce.errors import PLATFORM

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


def _list(value: object) -> object:
    return [] if value is None or value == "" else value


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
    """A moment of V2 (`Mon, 02 Nov 2026 09:14:58 +0000`) or V3 (ISO 8601), as aware UTC; None for an empty one."""
    text = str(value or "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError) as err:
            raise ValueError(f"{text!r} is not a moment") from err
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _needed_moment(value: object) -> datetime:
    moment = moment_of(value)
    if moment is None:
        raise ValueError("is empty, but a date is needed")
    return moment


Amount = Annotated[Decimal, BeforeValidator(_amount)]
RequiredAmount = Annotated[Decimal, BeforeValidator(_required_amount)]
OptionalAmount = Annotated[Decimal | None, BeforeValidator(_optional_amount)]
Text = Annotated[str, BeforeValidator(_text)]
Identity = Annotated[str, BeforeValidator(_identity)]
Reference = Annotated[str, BeforeValidator(_reference)]
Moment = Annotated[datetime | None, BeforeValidator(moment_of)]
NeededMoment = Annotated[datetime, BeforeValidator(_needed_moment)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


class FormField(Shape):
    name: Text = ""
    value: Text = ""


class AddressShape(Shape):
    id: Reference = ""
    first_name: Text = ""
    last_name: Text = ""
    company: Text = ""
    street_1: Text = ""
    street_2: Text = ""
    city: Text = ""
    state: Text = ""
    zip: Text = ""
    country: Text = ""
    country_iso2: Text = ""
    phone: Text = ""
    email: Text = ""
    form_fields: Annotated[list[FormField], BeforeValidator(_list)] = Field(default_factory=list)
    shipping_method: Text = ""
    cost_ex_tax: Amount = ZERO
    cost_inc_tax: Amount = ZERO
    cost_tax: Amount = ZERO


class DiscountShape(Shape):
    id: Text = ""
    amount: Amount = ZERO
    name: Text = ""
    code: Text = ""
    target: Text = ""


class OptionShape(Shape):
    display_name: Text = ""
    display_value: Text = ""


class LineShape(Shape):
    id: Identity
    product_id: Reference = ""
    variant_id: Reference = ""
    order_address_id: Reference = ""
    sku: Text = ""
    name: Text = ""
    type: Text = ""
    quantity: RequiredAmount
    quantity_shipped: Amount = ZERO
    quantity_refunded: Amount = ZERO
    total_ex_tax: RequiredAmount
    total_inc_tax: RequiredAmount
    total_tax: Amount = ZERO
    discounted_total_inc_tax: OptionalAmount = None
    applied_discounts: Annotated[list[DiscountShape], BeforeValidator(_list)] = Field(default_factory=list)
    product_options: Annotated[list[OptionShape], BeforeValidator(_list)] = Field(default_factory=list)

    @property
    def chosen_variant(self) -> str:
        """The variant that the buyer chose by options. A product without options is sold as its base variant, which is
        the product itself and is linked as such."""
        return self.variant_id if self.product_options else ""


class FeeShape(Shape):
    id: Text = ""
    display_name_customer: Text = ""
    display_name_merchant: Text = ""
    cost_ex_tax: Amount = ZERO
    cost_inc_tax: Amount = ZERO
    cost_tax: Amount = ZERO


class CouponShape(Shape):
    id: Text = ""
    code: Text = ""
    type: Text = ""
    discount: Amount = ZERO


class TaxShape(Shape):
    name: Text = ""
    rate: OptionalAmount = None
    tax_rate_id: Text = ""
    line_amount: Amount = ZERO
    order_product_id: Reference = ""
    line_item_type: Text = ""


class RefundItemShape(Shape):
    item_type: Text = ""
    item_id: Reference = ""
    quantity: Amount = ZERO
    requested_amount: OptionalAmount = None
    reason: Text = ""


class RefundPaymentShape(Shape):
    provider_id: Text = ""
    amount: Amount = ZERO
    offline: bool | None = None
    is_declined: bool | None = None


class RefundShape(Shape):
    id: Identity
    order_id: Identity
    created: NeededMoment
    reason: Text = ""
    total_amount: RequiredAmount
    total_tax: Amount = ZERO
    items: Annotated[list[RefundItemShape], BeforeValidator(_list)] = Field(default_factory=list)
    payments: Annotated[list[RefundPaymentShape], BeforeValidator(_list)] = Field(default_factory=list)


class ShipmentItemShape(Shape):
    order_product_id: Reference = ""
    quantity: Amount = ZERO


class ShipmentShape(Shape):
    id: Identity
    date_created: Moment = None
    tracking_number: Text = ""
    tracking_carrier: Text = ""
    shipping_provider: Text = ""
    shipping_method: Text = ""
    items: Annotated[list[ShipmentItemShape], BeforeValidator(_list)] = Field(default_factory=list)


class TransactionShape(Shape):
    event: Text = ""
    method: Text = ""
    gateway: Text = ""
    amount: Amount = ZERO
    status: Text = ""
    gateway_transaction_id: Text = ""
    date_created: Moment = None


class OrderShape(Shape):
    """An order with the lists that stand apart in the API and that the reader has put into it."""

    id: Identity
    status_id: Annotated[int, Field(ge=0)]
    status: Text = ""
    date_created: NeededMoment
    date_modified: Moment = None
    customer_id: Reference = ""
    customer_locale: Text = ""
    currency_code: Text = ""
    default_currency_code: Text = ""
    currency_exchange_rate: Amount = ZERO
    is_tax_inclusive_pricing: bool = False
    is_deleted: bool = False
    subtotal_ex_tax: Amount = ZERO
    subtotal_inc_tax: Amount = ZERO
    shipping_cost_ex_tax: Amount = ZERO
    shipping_cost_inc_tax: Amount = ZERO
    shipping_cost_tax: Amount = ZERO
    handling_cost_ex_tax: Amount = ZERO
    handling_cost_inc_tax: Amount = ZERO
    handling_cost_tax: Amount = ZERO
    wrapping_cost_ex_tax: Amount = ZERO
    wrapping_cost_inc_tax: Amount = ZERO
    wrapping_cost_tax: Amount = ZERO
    total_ex_tax: Amount = ZERO
    total_inc_tax: RequiredAmount
    total_tax: RequiredAmount
    discount_amount: Amount = ZERO
    coupon_discount: Amount = ZERO
    store_credit_amount: Amount = ZERO
    gift_certificate_amount: Amount = ZERO
    payment_method: Text = ""
    payment_provider_id: Text = ""
    payment_status: Text = ""
    customer_message: Text = ""
    staff_notes: Text = ""
    external_order_id: Text = ""
    channel_id: Reference = ""
    items_shipped: Amount = ZERO
    billing_address: AddressShape
    products: list[LineShape]
    shipping_addresses: Annotated[list[AddressShape], BeforeValidator(_list)]
    fees: Annotated[list[FeeShape], BeforeValidator(_list)] = Field(default_factory=list)
    coupons: Annotated[list[CouponShape], BeforeValidator(_list)] = Field(default_factory=list)
    taxes: Annotated[list[TaxShape], BeforeValidator(_list)] = Field(default_factory=list)
    refunds: Annotated[list[RefundShape], BeforeValidator(_list)] = Field(default_factory=list)
    shipments: Annotated[list[ShipmentShape], BeforeValidator(_list)] = Field(default_factory=list)
    transactions: Annotated[list[TransactionShape], BeforeValidator(_list)] = Field(default_factory=list)


ShapeType = TypeVar("ShapeType", bound=Shape)


def read_shape(shape: type[ShapeType], payload: Any, *, what: str) -> ShapeType:
    """The payload as `shape`. Raises InvalidPayload listing every fault by its path."""
    if not isinstance(payload, Mapping):
        raise InvalidPayload(
            f"{what} should be a JSON object and is {type(payload).__name__}.",
            platform=PLATFORM,
            cure="Look at the raw payload: the store sent something else.",
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
            cure="Open the record in the store's control panel and save it again; if the fault stays, send the raw payload "
            "to support.",
            details={"faults": faults},
        ) from err


def _fault(fault: Any) -> str:
    path = ".".join(str(part) for part in fault["loc"]) or "payload"
    if fault["type"] == "missing":
        return f"{path} is missing"
    return f"{path}: {str(fault['msg']).removeprefix('Value error, ')}"
