"""The shapes of orders that we read: strict where money and identity are concerned, lenient elsewhere.

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
from platforms.shopify.ids import number_of


def _bag(value: object) -> object:
    """The amount in the shop's currency of a MoneyBag."""
    money = value.get("shopMoney") if isinstance(value, Mapping) else None
    amount = money.get("amount") if isinstance(money, Mapping) else None
    if amount in (None, ""):
        raise ValueError("holds no amount")
    return to_decimal(amount)


def _optional_bag(value: object) -> object:
    return ZERO if value is None else _bag(value)


def _presentment(value: object) -> object:
    money = value.get("presentmentMoney") if isinstance(value, Mapping) else None
    amount = money.get("amount") if isinstance(money, Mapping) else None
    return None if amount in (None, "") else to_decimal(amount)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def _moment(value: object) -> datetime | None:
    if value in (None, ""):
        return None
    moment = datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _required_moment(value: object) -> datetime:
    moment = _moment(value)
    if moment is None:
        raise ValueError("is empty")
    return moment


def _identity(value: object) -> str:
    number = number_of(value)
    if not number:
        raise ValueError(f"{value!r} is not an id")
    return number


def _link(value: object) -> str:
    """The number of an object that may be gone."""
    return number_of(value.get("id")) if isinstance(value, Mapping) else ""


def _nodes(value: object) -> object:
    """A connection as the list of its nodes."""
    if isinstance(value, Mapping):
        if value.get("nodes") is not None:
            return value["nodes"]
        return [edge.get("node") for edge in value.get("edges") or () if isinstance(edge, Mapping)]
    return [] if value is None else value


def _list(value: object) -> object:
    return [] if value is None else value


def _rate(value: object) -> Decimal | None:
    return None if value in (None, "") else to_decimal(value)


Bag = Annotated[Decimal, BeforeValidator(_bag)]
OptionalBag = Annotated[Decimal, BeforeValidator(_optional_bag)]
Text = Annotated[str, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
RequiredMoment = Annotated[datetime, BeforeValidator(_required_moment)]
Identity = Annotated[str, BeforeValidator(_identity)]
Link = Annotated[str, BeforeValidator(_link)]
Rate = Annotated[Decimal | None, BeforeValidator(_rate)]


class Shape(BaseModel):
    model_config = ConfigDict(
        extra="ignore", frozen=True, arbitrary_types_allowed=True, populate_by_name=True
    )


class TaxShape(Shape):
    title: Text = ""
    rate: Rate = None
    amount: Bag = Field(alias="priceSet")


class AttributeShape(Shape):
    key: Text = ""
    value: Text = ""


class ApplicationShape(Shape):
    kind: Text = Field("", alias="__typename")
    index: int
    target: Text = Field("", alias="targetType")
    code: Text = ""
    title: Text = ""
    description: Text = ""


class ApplicationLink(Shape):
    index: int = -1


class AllocationShape(Shape):
    amount: Bag = Field(alias="allocatedAmountSet")
    application: ApplicationLink = Field(default_factory=ApplicationLink, alias="discountApplication")


Taxes = Annotated[list[TaxShape], BeforeValidator(_list)]
Allocations = Annotated[list[AllocationShape], BeforeValidator(_list)]
Attributes = Annotated[list[AttributeShape], BeforeValidator(_list)]


class LineShape(Shape):
    id: Identity
    sku: Text = ""
    name: Text = ""
    title: Text = ""
    variant_title: Text = Field("", alias="variantTitle")
    quantity: int
    current_quantity: int = Field(alias="currentQuantity")
    is_gift_card: bool = Field(False, alias="isGiftCard")
    unit_price: Bag = Field(alias="originalUnitPriceSet")
    allocations: Allocations = Field(default_factory=list, alias="discountAllocations")
    tax_lines: Taxes = Field(default_factory=list, alias="taxLines")
    product: Link = ""
    variant: Link = ""
    attributes: Attributes = Field(default_factory=list, alias="customAttributes")


class ShippingShape(Shape):
    id: Text = ""
    title: Text = ""
    code: Text = ""
    source: Text = ""
    discounted: Bag = Field(alias="discountedPriceSet")
    tax_lines: Taxes = Field(default_factory=list, alias="taxLines")


class FeeShape(Shape):
    id: Text = ""
    name: Text = ""
    price: Bag
    tax_lines: Taxes = Field(default_factory=list, alias="taxLines")


class TransactionShape(Shape):
    id: Identity
    kind: Text = ""
    status: Text = ""
    gateway: Text = ""
    title: Text = Field("", alias="formattedGateway")
    payment_id: Text = Field("", alias="paymentId")
    processed_at: Moment = Field(None, alias="processedAt")
    amount: Bag = Field(alias="amountSet")
    parent: Link = Field("", alias="parentTransaction")


class SoldShape(Shape):
    """The order's line that a refund line is about."""

    id: Identity
    sku: Text = ""
    name: Text = ""
    product: Link = ""
    variant: Link = ""


class RefundLineShape(Shape):
    id: Text = ""
    quantity: int
    restock_type: Text = Field("", alias="restockType")
    subtotal: Bag = Field(alias="subtotalSet")
    tax: OptionalBag = Field(ZERO, alias="totalTaxSet")
    line: SoldShape = Field(alias="lineItem")


class ShippingLink(Shape):
    id: Text = ""
    title: Text = ""


class RefundShippingShape(Shape):
    subtotal: Bag = Field(alias="subtotalAmountSet")
    tax: OptionalBag = Field(ZERO, alias="taxAmountSet")
    shipping: ShippingLink = Field(default_factory=ShippingLink, alias="shippingLine")


class AdjustmentShape(Shape):
    reason: Text = ""
    amount: Bag = Field(alias="amountSet")
    tax: OptionalBag = Field(ZERO, alias="taxAmountSet")


class RefundShape(Shape):
    id: Identity
    created_at: Moment = Field(None, alias="createdAt")
    note: Text = ""
    total: OptionalBag = Field(ZERO, alias="totalRefundedSet")
    lines: Annotated[list[RefundLineShape], BeforeValidator(_nodes)] = Field(
        default_factory=list, alias="refundLineItems"
    )
    shipping: Annotated[list[RefundShippingShape], BeforeValidator(_nodes)] = Field(
        default_factory=list, alias="refundShippingLines"
    )
    adjustments: Annotated[list[AdjustmentShape], BeforeValidator(_nodes)] = Field(
        default_factory=list, alias="orderAdjustments"
    )
    transactions: Annotated[list[TransactionShape], BeforeValidator(_nodes)] = Field(default_factory=list)

    @property
    def is_trace_of_an_edit(self) -> bool:
        """Of an edited order: nothing was paid back, and nobody meant it as a return."""
        restocked = any(row.restock_type == "RETURN" for row in self.lines)
        return not (self.total or self.transactions or restocked or "[ecomsync " in self.note)


class LinkedShape(Shape):
    id: Identity


class ReturnedShape(Shape):
    """The fulfilled line that a return line is about."""

    id: Link = ""
    line: Link = Field("", alias="lineItem")


class ReturnLineShape(Shape):
    """Without `source` where nobody has proved that it was sold with this order."""

    quantity: int
    refunded: int = Field(0, alias="refundedQuantity")
    note: Text = Field("", alias="returnReasonNote")
    source: ReturnedShape | None = Field(None, alias="fulfillmentLineItem")


class DispositionShape(Shape):
    kind: Text = Field("", alias="type")
    quantity: int = 0


class ReverseLineShape(Shape):
    dispositions: Annotated[list[DispositionShape], BeforeValidator(_list)] = Field(default_factory=list)


class ReverseShape(Shape):
    lines: Annotated[list[ReverseLineShape], BeforeValidator(_nodes)] = Field(
        default_factory=list, alias="lineItems"
    )


class ReturnShape(Shape):
    id: Identity
    name: Text = ""
    status: Text = ""
    created_at: Moment = Field(None, alias="createdAt")
    lines: Annotated[list[ReturnLineShape], BeforeValidator(_nodes)] = Field(
        default_factory=list, alias="returnLineItems"
    )
    refunds: Annotated[list[LinkedShape], BeforeValidator(_nodes)] = Field(default_factory=list)
    reverse: Annotated[list[ReverseShape], BeforeValidator(_nodes)] = Field(
        default_factory=list, alias="reverseFulfillmentOrders"
    )


class AddressShape(Shape):
    first_name: Text = Field("", alias="firstName")
    last_name: Text = Field("", alias="lastName")
    company: Text = ""
    line1: Text = Field("", alias="address1")
    line2: Text = Field("", alias="address2")
    zip: Text = ""
    city: Text = ""
    province: Text = ""
    province_code: Text = Field("", alias="provinceCode")
    country: Text = Field("", alias="countryCodeV2")
    phone: Text = ""


class TrackingShape(Shape):
    company: Text = ""
    number: Text = ""
    url: Text = ""


class FulfilledShape(Shape):
    quantity: int = 0
    line: Link = Field("", alias="lineItem")


class FulfillmentShape(Shape):
    id: Identity
    status: Text = ""
    created_at: Moment = Field(None, alias="createdAt")
    location: Link = ""
    tracking: Annotated[list[TrackingShape], BeforeValidator(_list)] = Field(
        default_factory=list, alias="trackingInfo"
    )
    lines: Annotated[list[FulfilledShape], BeforeValidator(_nodes)] = Field(
        default_factory=list, alias="fulfillmentLineItems"
    )


class TotalShape(Shape):
    """The total in both currencies."""

    shop: Decimal
    presentment: Decimal | None = None


def _total(value: object) -> object:
    return {"shop": _bag(value), "presentment": _presentment(value)}


class OrderShape(Shape):
    id: Identity
    name: Text = ""
    created_at: RequiredMoment = Field(alias="createdAt")
    updated_at: RequiredMoment = Field(alias="updatedAt")
    cancelled_at: Moment = Field(None, alias="cancelledAt")
    closed: bool = False
    edited: bool = False
    test: bool = False
    note: Text = ""
    tags: Annotated[list[str], BeforeValidator(_list)] = Field(default_factory=list)
    po_number: Text = Field("", alias="poNumber")
    attributes: Attributes = Field(default_factory=list, alias="customAttributes")
    currency: Text = Field(alias="currencyCode")
    presentment_currency: Text = Field("", alias="presentmentCurrencyCode")
    taxes_included: bool = Field(alias="taxesIncluded")
    duties_included: bool = Field(False, alias="dutiesIncluded")
    gateways: Annotated[list[str], BeforeValidator(_list)] = Field(
        default_factory=list, alias="paymentGatewayNames"
    )
    financial_status: Text = Field("", alias="displayFinancialStatus")
    fulfillment_status: Text = Field("", alias="displayFulfillmentStatus")
    total: Annotated[TotalShape, BeforeValidator(_total)] = Field(alias="totalPriceSet")
    current_total: Bag = Field(alias="currentTotalPriceSet")
    tax: OptionalBag = Field(ZERO, alias="totalTaxSet")
    current_tax: OptionalBag = Field(ZERO, alias="currentTotalTaxSet")
    refunded: OptionalBag = Field(ZERO, alias="totalRefundedSet")
    tip: OptionalBag = Field(ZERO, alias="totalTipReceivedSet")
    duties: OptionalBag = Field(ZERO, alias="originalTotalDutiesSet")
    current_duties: OptionalBag = Field(ZERO, alias="currentTotalDutiesSet")
    fees: Annotated[list[FeeShape], BeforeValidator(_list)] = Field(
        default_factory=list, alias="additionalFees"
    )
    retail_location: Link = Field("", alias="retailLocation")
    applications: Annotated[list[ApplicationShape], BeforeValidator(_nodes)] = Field(
        default_factory=list, alias="discountApplications"
    )
    shipping_lines: Annotated[list[ShippingShape], BeforeValidator(_nodes)] = Field(
        default_factory=list, alias="shippingLines"
    )
    transactions: Annotated[list[TransactionShape], BeforeValidator(_list)] = Field(default_factory=list)
    lines: Annotated[list[LineShape], BeforeValidator(_nodes)] = Field(alias="lineItems")
    refunds: Annotated[list[RefundShape], BeforeValidator(_list)] = Field(default_factory=list)
    returns: Annotated[list[ReturnShape], BeforeValidator(_nodes)] = Field(default_factory=list)
    fulfillments: Annotated[list[FulfillmentShape], BeforeValidator(_list)] = Field(default_factory=list)
    email: Text = ""
    phone: Text = ""
    locale: Text = Field("", alias="customerLocale")
    billing: AddressShape | None = Field(None, alias="billingAddress")
    shipping: AddressShape | None = Field(None, alias="shippingAddress")
    customer: dict[str, Any] | None = None
    purchaser: dict[str, Any] | None = Field(None, alias="purchasingEntity")

    @property
    def real_refunds(self) -> list[RefundShape]:
        """The refunds without those that only tell what an edit removed: they moved no money, and the units are gone from
        the order. A refund of ours without money bears our mark."""
        return [refund for refund in self.refunds if not (self.edited and refund.is_trace_of_an_edit)]


ShapeType = TypeVar("ShapeType", bound=Shape)


def read_shape(shape: type[ShapeType], payload: Any, *, what: str) -> ShapeType:
    """The payload as `shape`. Raises InvalidPayload listing every fault by its path."""
    if not isinstance(payload, Mapping):
        raise InvalidPayload(
            f"{what} should be a JSON object and is {type(payload).__name__}.",
            platform="shopify",
            cure="Look at the raw payload: this is not an order as Shopify's interface gives it.",
        )
    try:
        return shape.model_validate(dict(payload))
    except ValidationError as err:
        faults = [_fault(fault) for fault in err.errors(include_url=False)]
        identity = number_of(payload.get("id")) or "?"
        raise InvalidPayload(
            f"{what} {identity} cannot be read: {'; '.join(faults[:10])}{' …' if len(faults) > 10 else ''}.",
            platform="shopify",
            item=identity,
            cure="Look at the raw payload; if Shopify changed its interface, update ecomsync.",
            details={"faults": faults},
        ) from err


def _fault(fault: Any) -> str:
    path = ".".join(str(part) for part in fault["loc"]) or "payload"
    if fault["type"] == "missing":
        return f"{path} is missing"
    return f"{path}: {str(fault['msg']).removeprefix('Value error, ')}"
