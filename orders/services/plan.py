"""What the documents of an order will say: everything mapped, nothing written yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ecomsync.common.money import ZERO
from erp.models import DeliveryMethod, Item, PaymentMethod, UnitOfMeasure
from orders.reasons import Hold, HoldCode
from orders.services.shares import Shares, total
from platforms.types import RemoteOrder, RemoteOrderLine, RemotePayment
from sites.models import PaymentMethodLine

#: With a line, charge or discount missing from the plan its totals cannot balance, and saying so helps nobody.
INCOMPLETE = frozenset(
    {
        HoldCode.INVALID_ORDER,
        HoldCode.UNKNOWN_SKU,
        HoldCode.MISSING_SUBSTITUTE_ITEM,
        HoldCode.UNMAPPED_SHIPPING,
        HoldCode.MISSING_FEE_ITEM,
        HoldCode.MISSING_DISCOUNT_ITEM,
    }
)


@dataclass(slots=True)
class PlannedLine:
    """A goods line: amounts net of tax, the tax beside them per rate."""

    remote: RemoteOrderLine
    item: Item
    unit: UnitOfMeasure | None
    quantity: Decimal
    subtotal_net: Decimal
    subtotal_shares: Shares
    net: Decimal
    shares: Shares
    tax_code: str = ""
    tax_rate: Decimal | None = None

    @property
    def subtotal_tax(self) -> Decimal:
        return total(self.subtotal_shares)

    @property
    def tax(self) -> Decimal:
        return total(self.shares)


@dataclass(slots=True)
class PlannedCharge:
    """Shipping, a fee, a discount item or a rounding. `component` is the row of the proof it counts in."""

    component: str  # shipping | fees | tips | duties | discount | rounding
    kind: str
    description: str
    net: Decimal
    shares: Shares = field(default_factory=dict)
    service_item: Item | None = None
    tax_code: str = ""
    tax_rate: Decimal | None = None
    remote_id: str = ""

    @property
    def tax(self) -> Decimal:
        return total(self.shares)


class Place(StrEnum):
    """Where documents carry a discount."""

    LINES = "lines"
    HEADER = "header"
    ITEM = "item"


@dataclass(slots=True)
class PlannedPayment:
    """A payment and the row of the site that maps it."""

    remote: RemotePayment
    line: PaymentMethodLine
    method: PaymentMethod


@dataclass(slots=True)
class OrderPlan:
    """The whole plan. `holds` is filled with every reason found, not only the first."""

    remote: RemoteOrder
    lines: list[PlannedLine] = field(default_factory=list)
    charges: list[PlannedCharge] = field(default_factory=list)
    payments: list[PlannedPayment] = field(default_factory=list)
    header_discount_net: Decimal = ZERO
    header_discount_shares: Shares = field(default_factory=dict)
    #: (component of the proof, place in the documents) -> net amount of discounts put there
    placements: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    rounding: Decimal = ZERO
    own_rounding: Decimal = ZERO
    delivery_method: DeliveryMethod | None = None
    items: list[Item | None] = field(default_factory=list)
    units: list[UnitOfMeasure | None] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether every amount of the shop has its place."""
        return not any(hold.code in INCOMPLETE for hold in self.holds)

    def hold(self, code: str, *, subject: str = "", message: str = "", **params: Any) -> None:
        """Note a reason once."""
        found = Hold(code, subject=subject, message=message, params=params)
        if found.key not in {entry.key for entry in self.holds}:
            self.holds.append(found)

    @property
    def header_discount_tax(self) -> Decimal:
        return total(self.header_discount_shares)

    def place(self, component: str, place: Place, net: Decimal) -> None:
        """Note where a discount went; a negative amount takes it away from there."""
        key = (component, str(place))
        self.placements[key] = self.placements.get(key, ZERO) + net

    def decide(self, what: str, source: str, target: str, why: str = "") -> None:
        """Write down a mapping decision for the order's page."""
        self.decisions.append({"what": what, "source": source, "target": target, "why": why})
