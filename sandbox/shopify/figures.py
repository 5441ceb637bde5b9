"""What an order adds up to: as placed, and now, after edits, removals and refunds.

Shares of lines are differences of rounded running totals, so that whatever is taken away and what stays always sum
to the whole. Amounts are in shop money; presentment money is converted when it is shown.
"""

from collections.abc import Iterable
from decimal import Decimal

from sandbox.shopify.calls import Row
from sandbox.shopify.money import ZERO, Till, rounded, spread
from sandbox.shopify.state import Store


def till_of(store: Store, order: Row) -> Till:
    return Till(store.options, order["_currency"], order["_presentment"], order["_rate"])


def places_of(store: Store, order: Row) -> int:
    return store.options.zeros(order["_currency"])


def lines_of(store: Store, order: Row) -> list[Row]:
    table = store.tables["LineItem"]
    return [table[gid] for gid in order["_lines"]]


def shipping_of(store: Store, order: Row) -> list[Row]:
    table = store.tables["ShippingLine"]
    return [table[gid] for gid in order["_shipping_lines"]]


def transactions_of(store: Store, order: Row) -> list[Row]:
    table = store.tables["OrderTransaction"]
    return [table[gid] for gid in order["_transactions"]]


def refunds_of(store: Store, order: Row) -> list[Row]:
    table = store.tables["Refund"]
    return [table[gid] for gid in order["_refunds"]]


def goods_of(store: Store, order: Row) -> list[Row]:
    """Lines without tips: a tip stands among the lines, and is counted by itself."""
    return [line for line in lines_of(store, order) if not line["_tip"]]


# One line.


def allocated(row: Row) -> Decimal:
    return sum((a["amount"] for a in row["_allocations"]), ZERO)


def discounted(line: Row) -> Decimal:
    """The whole line, as placed, after all discounts."""
    return Decimal(line["_price"] * line["quantity"] - allocated(line))


def share(amount: Decimal, count: int, whole: int, places: int) -> Decimal:
    """What `count` of `whole` units carry of an amount."""
    return rounded(amount * count / whole, places) if whole else ZERO


def current_discounted(line: Row, places: int) -> Decimal:
    return share(discounted(line), line["currentQuantity"], line["quantity"], places)


def current_allocated(line: Row, places: int) -> Decimal:
    return Decimal(line["_price"] * line["currentQuantity"]) - current_discounted(line, places)


def line_tax(row: Row) -> Decimal:
    return sum((t["amount"] for t in row["_taxes"]), ZERO)


def current_taxes(line: Row, places: int) -> list[tuple[Row, Decimal]]:
    return [
        (t, share(t["amount"], line["currentQuantity"], line["quantity"], places)) for t in line["_taxes"]
    ]


def shipping_discounted(row: Row) -> Decimal:
    return Decimal(row["_price"] - allocated(row))


def shipping_current(row: Row) -> Decimal:
    return ZERO if row["isRemoved"] else shipping_discounted(row) - row["_refunded"]


def shipping_current_taxes(row: Row) -> list[tuple[Row, Decimal]]:
    if row["isRemoved"]:
        return [(t, ZERO) for t in row["_taxes"]]
    left = line_tax(row) - row["_refunded_tax"]
    whole = line_tax(row)
    return [(t, t["amount"] * left / whole if whole else ZERO) for t in row["_taxes"]]


def tax_of(amount: Decimal, rate: Decimal, *, included: bool, places: int) -> Decimal:
    """Tax on an amount; out of it when prices include tax."""
    raw = amount * rate / (1 + rate) if included else amount * rate
    return rounded(raw, places)


# The whole order.


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


class Figures:
    """The totals of an order, computed when asked for."""

    def __init__(self, store: Store, order: Row) -> None:
        self.store = store
        self.order = order
        self.places = places_of(store, order)
        self.goods = goods_of(store, order)
        self.shipping = shipping_of(store, order)
        self.included: bool = order["taxesIncluded"]

    # As placed.

    def subtotal(self) -> Decimal:
        return _sum(discounted(line) for line in self.goods)

    def shipping_total(self) -> Decimal:
        return _sum(shipping_discounted(row) for row in self.shipping)

    def discounts(self) -> Decimal:
        return _sum(allocated(row) for row in (*self.goods, *self.shipping))

    def cart_discounts(self) -> Decimal:
        """Those of the whole order: spread across its lines."""
        across = {d["index"] for d in self.order["_discounts"] if d["allocationMethod"] == "ACROSS"}
        return _sum(
            a["amount"]
            for row in (*self.goods, *self.shipping)
            for a in row["_allocations"]
            if a["index"] in across
        )

    def current_cart_discounts(self) -> Decimal:
        """What is left of them on units that are still in the order."""
        across = {d["index"] for d in self.order["_discounts"] if d["allocationMethod"] == "ACROSS"}
        return _sum(
            share(a["amount"], line["currentQuantity"], line["quantity"], self.places)
            for line in self.goods
            for a in line["_allocations"]
            if a["index"] in across
        )

    def duties(self) -> Decimal:
        return _sum(d["amount"] for line in self.goods for d in line["_duties"])

    def duty_tax(self) -> Decimal:
        return _sum(t["amount"] for line in self.goods for d in line["_duties"] for t in d["taxes"])

    def fees(self) -> Decimal:
        return _sum(f["amount"] for f in self.order["_fees"])

    def fee_tax(self) -> Decimal:
        return _sum(t["amount"] for f in self.order["_fees"] for t in f["taxes"])

    def tip(self) -> Decimal:
        return Decimal(self.order["_tip"])

    def tax(self) -> Decimal:
        rows = (*self.goods, *self.shipping)
        return _sum(line_tax(row) for row in rows) + self.duty_tax() + self.fee_tax()

    def total(self) -> Decimal:
        added = ZERO if self.included else self.tax()
        return self.subtotal() + self.shipping_total() + self.tip() + self.duties() + self.fees() + added

    # Now.

    def current_subtotal(self) -> Decimal:
        return _sum(current_discounted(line, self.places) for line in self.goods)

    def current_shipping(self) -> Decimal:
        return _sum(shipping_current(row) for row in self.shipping)

    def current_discounts(self) -> Decimal:
        return _sum(current_allocated(line, self.places) for line in self.goods) + _sum(
            allocated(row) for row in self.shipping if not row["isRemoved"]
        )

    def current_duties(self) -> Decimal:
        return self.duties() - _sum(r["_duties"] for r in refunds_of(self.store, self.order))

    def current_duty_tax(self) -> Decimal:
        whole = self.duties()
        return rounded(self.duty_tax() * self.current_duties() / whole, self.places) if whole else ZERO

    def current_tax_rows(self) -> list[tuple[Row, Decimal]]:
        rows = [pair for line in self.goods for pair in current_taxes(line, self.places)]
        rows += [pair for row in self.shipping for pair in shipping_current_taxes(row)]
        rows += [(t, t["amount"]) for f in self.order["_fees"] for t in f["taxes"]]
        left = self.current_duty_tax()
        if left:
            taxes = [t for line in self.goods for d in line["_duties"] for t in d["taxes"]]
            rows += list(zip(taxes, spread(left, [t["amount"] for t in taxes], self.places), strict=True))
        return rows

    def current_tax(self) -> Decimal:
        return _sum(amount for _, amount in self.current_tax_rows())

    def adjustments(self) -> Decimal:
        return _sum(a["amount"] for r in refunds_of(self.store, self.order) for a in r["_adjustments"])

    def current_total(self) -> Decimal:
        added = ZERO if self.included else self.current_tax()
        total = (
            self.current_subtotal()
            + self.current_shipping()
            + self.tip()
            + self.current_duties()
            + self.fees()
            + added
        )
        if self.store.options.discrepancy_in_current_total:
            total += self.adjustments()
        return total

    # Payments.

    def _money(self, *kinds: str) -> Decimal:
        return _sum(
            t["_amount"]
            for t in transactions_of(self.store, self.order)
            if t["kind"] in kinds and t["status"] == "SUCCESS"
        )

    def received(self) -> Decimal:
        return self._money("SALE", "CAPTURE") - self._money("CHANGE")

    def refunded(self) -> Decimal:
        return self._money("REFUND")

    def net_payment(self) -> Decimal:
        return self.received() - self.refunded()

    def outstanding(self) -> Decimal:
        given_away = ZERO if self.store.options.discrepancy_in_current_total else -self.adjustments()
        return self.current_total() - given_away - self.net_payment()

    def capturable(self) -> Decimal:
        """What is authorized, less what was captured or voided of it."""
        left = ZERO
        rows = transactions_of(self.store, self.order)
        for row in rows:
            if row["kind"] == "AUTHORIZATION" and row["status"] == "SUCCESS":
                left += capturable_of(rows, row)
        return left

    def financial_status(self) -> str:
        order = self.order
        received, refunded = self.received(), self.refunded()
        if received and refunded >= received:
            return "REFUNDED"
        if refunded:
            return "PARTIALLY_REFUNDED"
        if order["_voided"]:
            return "VOIDED"
        if received:
            return "PAID" if received >= self.current_total() else "PARTIALLY_PAID"
        if self.capturable():
            return "EXPIRED" if self._expired() else "AUTHORIZED"
        return "PAID" if self.total() == 0 else "PENDING"

    def _expired(self) -> bool:
        now = self.store.now()
        return any(
            t["authorizationExpiresAt"] and t["authorizationExpiresAt"] < now
            for t in transactions_of(self.store, self.order)
            if t["kind"] == "AUTHORIZATION"
        )

    def fulfillment_status(self) -> str:
        """From the lines that still ship, and from what stands in the way."""
        orders = [self.store.tables["FulfillmentOrder"][gid] for gid in self.order["_fulfillment_orders"]]
        current = [line for line in self.goods if line["currentQuantity"] or line["_fulfilled"]]
        done = sum(line["_fulfilled"] for line in current)
        left = sum(unfulfilled(line) for line in current)
        if done and not left:
            return "FULFILLED"
        if done:
            return "PARTIALLY_FULFILLED"
        states = {row["status"] for row in orders}
        for state in ("ON_HOLD", "SCHEDULED", "IN_PROGRESS"):
            if state in states:
                return state
        return "UNFULFILLED"

    def nothing_to_ship(self) -> bool:
        return all(line["isGiftCard"] for line in self.goods)

    def return_status(self) -> str:
        states = {self.store.tables["Return"][gid]["status"] for gid in self.order["_returns"]}
        if "REQUESTED" in states:
            return "RETURN_REQUESTED"
        if "OPEN" in states:
            return "IN_PROGRESS"
        if "CLOSED" in states:
            return "RETURNED"
        return "NO_RETURN"


def unfulfilled(line: Row) -> int:
    """Units that still have to be shipped: current ones less the shipped ones that were not taken back."""
    if line["_tip"] or line["isGiftCard"]:
        return 0
    return max(0, int(line["currentQuantity"]) - max(0, int(line["_fulfilled"]) - int(line["_returned"])))


def capturable_of(rows: list[Row], authorization: Row) -> Decimal:
    """What is left of one authorization."""
    taken = ZERO
    for row in rows:
        if row["_parent"] != authorization["id"] or row["status"] != "SUCCESS":
            continue
        if row["kind"] == "VOID" or (row["kind"] == "CAPTURE" and row["_final"]):
            return ZERO
        if row["kind"] == "CAPTURE":
            taken += row["_amount"]
    return max(ZERO, Decimal(authorization["_amount"] - taken))
