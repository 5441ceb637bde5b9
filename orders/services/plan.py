"""What the documents of an order will say: everything mapped, nothing written yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ecomsync.common.money import ZERO
from erp.models import DeliveryMethod, Item, PaymentMethod, UnitOfMeasure
from orders.reasons import Hold, HoldCode
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
    """A goods line: amounts net of tax, tax beside them."""

    remote: RemoteOrderLine
    item: Item
    unit: UnitOfMeasure | None
    quantity: Decimal
    subtotal_net: Decimal
    subtotal_tax: Decimal
    net: Decimal
    tax: Decimal
    tax_code: str = ""
    tax_rate: Decimal | None = None


@dataclass(slots=True)
class PlannedCharge:
    """Shipping, a fee, a discount item or a rounding. `component` is the row of the proof it counts in."""

    component: str  # shipping | fee | discount | rounding
    kind: str
    description: str
    net: Decimal
    tax: Decimal
    service_item: Item | None = None
    tax_code: str = ""
    tax_rate: Decimal | None = None
    remote_id: str = ""


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
    header_discount_tax: Decimal = ZERO
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

    def decide(self, what: str, source: str, target: str, why: str = "") -> None:
        """Write down a mapping decision for the order's page."""
        self.decisions.append({"what": what, "source": source, "target": target, "why": why})
