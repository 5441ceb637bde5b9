"""The shapes we read: strict where money and identity are concerned, lenient elsewhere.

Every value comes as text or null, columns come and go with releases and modules, and an empty map is an empty list.
What is required and missing is listed whole, so that staff see all faults at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO, to_decimal


def amount(value: object) -> Decimal:
    """The database keeps four decimals; trailing zeros go, so that 59.3800 is 59.38."""
    return trimmed(to_decimal(value))


def trimmed(number: Decimal) -> Decimal:
    """The number without trailing zeros beyond two decimals, and never in powers of ten."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -2:
        return number
    digits = len(format(number.normalize(), "f").partition(".")[2])
    return number.quantize(Decimal(1).scaleb(-max(2, digits)))


def _required_amount(value: object) -> Decimal:
    if value is None or value == "":
        raise ValueError("is empty, but an amount is needed")
    return amount(value)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def _object(value: object) -> object:
    return {} if value is None or value == [] or value == "" else value


def _list(value: object) -> object:
    if value is None or value == "":
        return []
    return list(value.values()) if isinstance(value, Mapping) else value


def moment(value: object) -> datetime | None:
    """`2024-05-01 09:12:44` is UTC; with an offset (products tell one) it says so itself."""
    if value is None or value == "" or str(value).startswith("0000"):
        return None
    found = datetime.fromisoformat(str(value).strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


Amount = Annotated[Decimal, BeforeValidator(amount)]
OptionalAmount = Annotated[
    Decimal | None, BeforeValidator(lambda value: None if value in (None, "") else amount(value))
]
RequiredAmount = Annotated[Decimal, BeforeValidator(_required_amount)]
Text = Annotated[str, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(moment)]
Named = Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


class AddressShape(Shape):
    firstname: Text = ""
    middlename: Text = ""
    lastname: Text = ""
    company: Text = ""
    street: Text = ""
    city: Text = ""
    region: Text = ""
    postcode: Text = ""
    country_id: Text = ""
    telephone: Text = ""
    email: Text = ""
    vat_id: Text = ""


class ItemShape(Shape):
    item_id: Named
    parent_item_id: Text = ""
    product_id: Text = ""
    product_type: Text = ""
    sku: Text = ""
    name: Text = ""
    product_options: Any = None
    qty_ordered: RequiredAmount
    qty_invoiced: Amount = ZERO
    qty_shipped: Amount = ZERO
    qty_canceled: Amount = ZERO
    qty_refunded: Amount = ZERO
    tax_percent: Amount = ZERO
    row_total: Amount = ZERO
    row_total_incl_tax: Amount = ZERO
    tax_amount: Amount = ZERO
    discount_amount: Amount = ZERO
    fixed_tax: Amount = Field(default=ZERO, alias="weee_tax_applied_row_amount")
    told_hidden_tax: OptionalAmount = Field(default=None, alias="hidden_tax_amount")

    @property
    def hidden_tax_amount(self) -> Decimal:
        """What a discount on prices with tax took of the tax; SOAP v2 does not tell it."""
        return self.told_hidden_tax or ZERO

    @property
    def has_money(self) -> bool:
        return bool(self.row_total or self.tax_amount or self.discount_amount)


class PaymentShape(Shape):
    method: Text = ""
    amount_paid: Amount = ZERO
    amount_authorized: Amount = ZERO
    last_trans_id: Text = ""
    po_number: Text = ""
    additional_information: Any = None


class HistoryShape(Shape):
    comment: Text = ""
    status: Text = ""
    created_at: Moment = None


class OrderShape(Shape):
    increment_id: Named
    order_id: Text = ""
    status: Named
    state: Text = ""
    created_at: Moment
    updated_at: Moment = None
    order_currency_code: Annotated[str, Field(min_length=3, max_length=3)]
    base_currency_code: Text = ""
    subtotal: Amount = ZERO
    discount_amount: Amount = ZERO
    shipping_amount: Amount = ZERO
    shipping_tax_amount: Amount = ZERO
    shipping_discount_amount: Amount = ZERO
    shipping_hidden_tax_amount: Amount = ZERO
    tax_amount: RequiredAmount
    grand_total: RequiredAmount
    total_paid: Amount = ZERO
    total_refunded: Amount = ZERO
    total_canceled: Amount = ZERO
    shipping_canceled: Amount = ZERO
    gift_cards_amount: Amount = ZERO
    customer_balance_amount: Amount = ZERO
    reward_currency_amount: Amount = ZERO
    fooman_surcharge_amount: Amount = ZERO
    fooman_surcharge_tax_amount: Amount = ZERO
    gw_price: Amount = ZERO
    gw_items_price: Amount = ZERO
    gw_tax_amount: Amount = ZERO
    gw_items_tax_amount: Amount = ZERO
    coupon_code: Text = ""
    discount_description: Text = ""
    shipping_method: Text = ""
    shipping_description: Text = ""
    is_virtual: Text = ""
    customer_id: Text = ""
    customer_is_guest: Text = ""
    customer_email: Text = ""
    customer_firstname: Text = ""
    customer_lastname: Text = ""
    customer_taxvat: Text = ""
    customer_note: Text = ""
    gift_message: Text = ""
    store_id: Text = ""
    billing_address: Annotated[AddressShape, BeforeValidator(_object)]
    shipping_address: Annotated[AddressShape, BeforeValidator(_object)] = Field(default_factory=AddressShape)
    items: Annotated[list[ItemShape], BeforeValidator(_list)]
    payment: Annotated[PaymentShape, BeforeValidator(_object)] = Field(default_factory=PaymentShape)
    status_history: Annotated[list[HistoryShape], BeforeValidator(_list)] = Field(default_factory=list)


class MemoItemShape(Shape):
    order_item_id: Text = ""
    product_id: Text = ""
    sku: Text = ""
    name: Text = ""
    qty: Amount = ZERO
    told_row_total: OptionalAmount = Field(default=None, alias="row_total")
    tax_amount: Amount = ZERO
    discount_amount: Amount = ZERO
    hidden_tax_amount: Amount = ZERO

    @property
    def row_total(self) -> Decimal:
        return self.told_row_total or ZERO


class CommentShape(Shape):
    comment: Text = ""


class MemoShape(Shape):
    increment_id: Named
    order_increment_id: Text = ""
    order_id: Text = ""
    created_at: Moment
    updated_at: Moment = None
    state: Text = ""
    order_currency_code: Text = ""
    base_currency_code: Text = ""
    grand_total: RequiredAmount
    discount_amount: Amount = ZERO
    shipping_amount: Amount = ZERO
    shipping_tax_amount: Amount = ZERO
    shipping_hidden_tax_amount: Amount = ZERO
    adjustment: Amount = ZERO
    items: Annotated[list[MemoItemShape], BeforeValidator(_list)] = Field(default_factory=list)
    comments: Annotated[list[CommentShape], BeforeValidator(_list)] = Field(default_factory=list)


ShapeType = TypeVar("ShapeType", bound=Shape)


def in_base_currency(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same record with the amounts of its `base_` twins."""
    twins = {
        name.removeprefix("base_"): value
        for name, value in row.items()
        if name.startswith("base_") and value is not None and name.removeprefix("base_") in row
    }
    twins.pop("currency_code", None)
    if row.get("base_weee_tax_applied_row_amnt") is not None:  # the one twin that has a name of its own
        twins["weee_tax_applied_row_amount"] = row["base_weee_tax_applied_row_amnt"]
    changed: dict[str, Any] = {**row, **twins}
    if row.get("base_currency_code"):
        changed["order_currency_code"] = row["base_currency_code"]
    items = row.get("items")
    if isinstance(items, list):
        changed["items"] = [in_base_currency(one) if isinstance(one, Mapping) else one for one in items]
    return changed


def read_shape(shape: type[ShapeType], payload: Any, *, what: str) -> ShapeType:
    """The payload as `shape`. Raises InvalidPayload listing every fault by its path."""
    if not isinstance(payload, Mapping):
        raise InvalidPayload(
            f"{what} should be a record and is {type(payload).__name__}.",
            platform="magento1",
            cure="Look at the raw payload: the shop or a module sent something else.",
        )
    try:
        return shape.model_validate(dict(payload))
    except ValidationError as err:
        faults = [_fault(fault) for fault in err.errors(include_url=False)]
        identity = str(payload.get("increment_id") or "?")
        raise InvalidPayload(
            f"{what} {identity} cannot be read: {'; '.join(faults[:10])}{' …' if len(faults) > 10 else ''}.",
            platform="magento1",
            item=identity,
            cure="Open the record in the shop and save it again; if the fault stays, a module changes the API's answers.",
            details={"faults": faults},
        ) from err


def _fault(fault: Any) -> str:
    path = ".".join(str(part) for part in fault["loc"]) or "payload"
    if fault["type"] == "missing":
        return f"{path} is missing"
    return f"{path}: {str(fault['msg']).removeprefix('Value error, ')}"
