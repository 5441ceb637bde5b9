"""The shapes we read, strict where money and identity are concerned and lenient elsewhere.

Magento leaves optional members out when they are null, and modules add members at will. What is required and missing
is listed whole, so that staff see all faults at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO, to_decimal
from platforms.magento2.criteria import read_time

#: Magento stores four decimals. What stands behind is the noise of binary numbers.
_NOISE = Decimal("1e-6")


def amount_of(value: object) -> Decimal:
    amount = to_decimal(value)
    exponent = amount.as_tuple().exponent
    noisy = isinstance(exponent, int) and exponent < -6 and amount.adjusted() < 18
    return amount.quantize(_NOISE).normalize() + ZERO if noisy else amount


def _required_amount(value: object) -> Decimal:
    if value is None or value == "":
        raise ValueError("is empty, but an amount is needed")
    return amount_of(value)


def _maybe_amount(value: object) -> Decimal | None:
    return None if value is None or value == "" else amount_of(value)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def _object(value: object) -> object:
    """PHP writes an empty object as []."""
    return {} if value is None or value == [] else value


def _list(value: object) -> object:
    if value is None or value == "":
        return []
    return list(value.values()) if isinstance(value, Mapping) else value


def _moment(value: object) -> datetime:
    moment = read_time(value)
    if moment is None:
        raise ValueError(f"{value!r} is not a time")
    return moment


def _identity(value: object) -> str:
    text = "" if isinstance(value, bool) else str(value or "").strip()
    if not text.isdigit() or text == "0":
        raise ValueError(f"{value!r} is not an id")
    return text


def _maybe_id(value: object) -> str:
    text = _text(value).strip()
    return "" if text == "0" else text


Amount = Annotated[Decimal, BeforeValidator(amount_of)]
RequiredAmount = Annotated[Decimal, BeforeValidator(_required_amount)]
MaybeAmount = Annotated[Decimal | None, BeforeValidator(_maybe_amount)]
Text = Annotated[str, BeforeValidator(_text)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Identity = Annotated[str, BeforeValidator(_identity)]
MaybeId = Annotated[str, BeforeValidator(_maybe_id)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


class AddressShape(Shape):
    firstname: Text = ""
    lastname: Text = ""
    company: Text = ""
    street: Annotated[list[Text], BeforeValidator(lambda v: v if isinstance(v, list) else [v])] = Field(
        default_factory=list
    )
    city: Text = ""
    region: Text = ""
    region_code: Text = ""
    postcode: Text = ""
    country_id: Text = ""
    telephone: Text = ""
    email: Text = ""
    vat_id: Text = ""


Address = Annotated[AddressShape, BeforeValidator(_object)]


class AppliedTax(Shape):
    code: Text = ""
    title: Text = ""
    percent: MaybeAmount = None
    amount: Amount = ZERO


Taxes = Annotated[list[AppliedTax], BeforeValidator(_list)]


class ItemTaxes(Shape):
    type: Text = ""
    item_id: MaybeId = ""
    associated_item_id: MaybeId = ""
    applied_taxes: Taxes = Field(default_factory=list)


class CustomOption(Shape):
    option_id: Text = ""
    option_value: Text = ""


class OptionExtension(Shape):
    custom_options: Annotated[list[CustomOption], BeforeValidator(_list)] = Field(default_factory=list)


class ProductOption(Shape):
    extension_attributes: Annotated[OptionExtension, BeforeValidator(_object)] = Field(
        default_factory=OptionExtension
    )


class ItemShape(Shape):
    """Amounts without tax. `row_total` is net of the discount on 2.4 and gross of it on 2.3."""

    item_id: Identity
    parent_item_id: MaybeId = ""
    product_id: MaybeId = ""
    product_type: Text = ""
    sku: Text = ""
    name: Text = ""
    qty_ordered: RequiredAmount
    qty_invoiced: Amount = ZERO
    qty_shipped: Amount = ZERO
    qty_canceled: Amount = ZERO
    qty_refunded: Amount = ZERO
    is_virtual: Text = ""
    price: Amount = ZERO
    price_incl_tax: MaybeAmount = None
    tax_percent: Amount = ZERO
    tax_amount: Amount = ZERO
    discount_amount: Amount = ZERO
    discount_tax_compensation_amount: Amount = ZERO
    row_total: Amount = ZERO
    weee_tax_applied_row_amount: Amount = ZERO
    product_option: Annotated[ProductOption, BeforeValidator(_object)] = Field(default_factory=ProductOption)


class PaymentShape(Shape):
    method: Text = ""
    last_trans_id: Text = ""
    po_number: Text = ""
    amount_authorized: Amount = ZERO
    amount_paid: Amount = ZERO


class KeyValue(Shape):
    key: Text = ""
    value: Text = ""


class ShippingShape(Shape):
    address: Address = Field(default_factory=AddressShape)
    method: Text = ""


class Assignment(Shape):
    shipping: Annotated[ShippingShape, BeforeValidator(_object)] = Field(default_factory=ShippingShape)


class GiftCard(Shape):
    code: Text = ""
    amount: Amount = ZERO


class OrderExtension(Shape):
    """What modules add. The amounts of Adobe Commerce are positive and lie beside the items."""

    shipping_assignments: Annotated[list[Assignment], BeforeValidator(_list)] = Field(default_factory=list)
    payment_additional_info: Annotated[list[KeyValue], BeforeValidator(_list)] = Field(default_factory=list)
    applied_taxes: Taxes = Field(default_factory=list)
    item_applied_taxes: Annotated[list[ItemTaxes], BeforeValidator(_list)] = Field(default_factory=list)
    gift_cards: Annotated[list[GiftCard], BeforeValidator(_list)] = Field(default_factory=list)
    gift_cards_amount: Amount = ZERO
    customer_balance_amount: Amount = ZERO
    reward_currency_amount: Amount = ZERO
    gw_price: Amount = ZERO
    gw_items_price: Amount = ZERO
    gw_card_price: Amount = ZERO
    gw_tax_amount: Amount = ZERO
    gw_items_tax_amount: Amount = ZERO
    gw_card_tax_amount: Amount = ZERO


class OrderShape(Shape):
    entity_id: Identity
    increment_id: Text = ""
    state: Annotated[str, Field(min_length=1)]
    status: Text = ""
    created_at: Moment
    updated_at: Annotated[datetime | None, BeforeValidator(read_time)] = None
    order_currency_code: Annotated[str, Field(min_length=3, max_length=3)]
    base_currency_code: Text = ""
    base_grand_total: MaybeAmount = None
    customer_id: MaybeId = ""
    customer_is_guest: Text = ""
    customer_email: Text = ""
    customer_firstname: Text = ""
    customer_lastname: Text = ""
    customer_taxvat: Text = ""
    customer_note: Text = ""
    coupon_code: Text = ""
    discount_description: Text = ""
    discount_amount: Amount = ZERO
    shipping_amount: Amount = ZERO
    shipping_tax_amount: Amount = ZERO
    shipping_discount_amount: Amount = ZERO
    shipping_discount_tax_compensation_amount: Amount = ZERO
    shipping_description: Text = ""
    subtotal: Amount = ZERO
    tax_amount: RequiredAmount
    discount_tax_compensation_amount: Amount = ZERO
    grand_total: RequiredAmount
    total_paid: Amount = ZERO
    total_refunded: Amount = ZERO
    total_canceled: Amount = ZERO
    subtotal_canceled: Amount = ZERO
    tax_canceled: Amount = ZERO
    shipping_canceled: Amount = ZERO
    items: Annotated[list[ItemShape], BeforeValidator(_list)]
    billing_address: Address = Field(default_factory=AddressShape)
    payment: Annotated[PaymentShape, BeforeValidator(_object)] = Field(default_factory=PaymentShape)
    extension_attributes: Annotated[OrderExtension, BeforeValidator(_object)] = Field(
        default_factory=OrderExtension
    )


class MemoItem(Shape):
    order_item_id: MaybeId = ""
    product_id: MaybeId = ""
    sku: Text = ""
    name: Text = ""
    qty: Amount = ZERO
    price: Amount = ZERO
    row_total: Amount = ZERO
    tax_amount: Amount = ZERO
    discount_amount: Amount = ZERO
    discount_tax_compensation_amount: Amount = ZERO


class Comment(Shape):
    comment: Text = ""


class MemoShape(Shape):
    entity_id: Identity
    increment_id: Text = ""
    order_id: Identity
    invoice_id: MaybeId = ""
    state: Text = ""
    created_at: Moment
    order_currency_code: Text = ""
    grand_total: RequiredAmount
    shipping_amount: Amount = ZERO
    shipping_tax_amount: Amount = ZERO
    adjustment_positive: Amount = ZERO
    adjustment_negative: Amount = ZERO
    transaction_id: Text = ""
    items: Annotated[list[MemoItem], BeforeValidator(_list)] = Field(default_factory=list)
    comments: Annotated[list[Comment], BeforeValidator(_list)] = Field(default_factory=list)


ShapeType = TypeVar("ShapeType", bound=Shape)


def read_shape(shape: type[ShapeType], payload: Any, *, what: str) -> ShapeType:
    """The payload as `shape`. Raises InvalidPayload listing every fault by its path."""
    if not isinstance(payload, Mapping):
        raise InvalidPayload(
            f"{what} should be a JSON object and is {type(payload).__name__}.",
            platform="magento2",
            cure="Look at the raw payload: the shop or a module sent something else.",
        )
    try:
        return shape.model_validate(dict(payload))
    except ValidationError as err:
        faults = [_fault(fault) for fault in err.errors(include_url=False)]
        identity = str(payload.get("entity_id", "")) or "?"
        raise InvalidPayload(
            f"{what} {identity} cannot be read: {'; '.join(faults[:10])}{' …' if len(faults) > 10 else ''}.",
            platform="magento2",
            item=identity,
            cure="Open the record in the shop; if it looks right there, a module changes the answers of the API.",
            details={"faults": faults},
        ) from err


def _fault(fault: Any) -> str:
    path = ".".join(str(part) for part in fault["loc"]) or "payload"
    if fault["type"] == "missing":
        return f"{path} is missing"
    return f"{path}: {str(fault['msg']).removeprefix('Value error, ')}"
