"""The components of an order's money: as the shop tells them, as planned, and as documents were saved.

Every figure is net of tax, rounded to the order's currency; the tax stands in rows of its own, by what it is on and
by its rate. All functions are pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ecomsync.common.money import ZERO, currency_quantum, round_money
from orders.services.plan import OrderPlan, Place
from orders.services.saved_documents import RateSum, SavedDocument, SavedRow, rate_name
from orders.services.shares import shares_of
from platforms.types import ChargeKind, DiscountKind, RemoteOrder, RemoteTax

#: The rows of the proof, in the order they are shown; taxes per rate stand before the tax in total.
COMPONENTS = (
    "goods",
    "line_discounts",
    "coupons",
    "header_discounts",
    "gift_cards",
    "store_credit",
    "rewards",
    "goods_net",
    "goods_tax",
    "shipping",
    "shipping_tax",
    "fees",
    "tips",
    "duties",
    "fees_tax",
    "rounding",
    "tax_total",
    "grand_total",
)
DISCOUNTS = ("line_discounts", "coupons", "header_discounts", "gift_cards", "store_credit", "rewards")
RATE = "tax_rate "

#: Kind of a discount of the shop -> component of the proof.
DISCOUNT_OF: Mapping[str, str] = {
    DiscountKind.COUPON: "coupons",
    DiscountKind.HEADER: "header_discounts",
    DiscountKind.GIFT_CARD: "gift_cards",
    DiscountKind.STORE_CREDIT: "store_credit",
    DiscountKind.REWARD: "rewards",
}
_DEFAULT_OF = {Place.LINES: "line_discounts", Place.HEADER: "header_discounts", Place.ITEM: "coupons"}

Figures = dict[str, Decimal]
Placements = Mapping[tuple[str, str], Decimal]


def is_discount(net: Decimal, tax: Decimal, kind: str) -> bool:
    """A fee that gives money back is a discount of the whole order."""
    return kind != "shipping" and net + tax < 0


def component_of(kind: ChargeKind) -> str:
    """The row of the proof that a charge of the shop counts in."""
    return {ChargeKind.SHIPPING: "shipping", ChargeKind.TIP: "tips", ChargeKind.DUTY: "duties"}.get(
        kind, "fees"
    )


# ---------------------------------------------------------------- the shop


def shop_figures(remote: RemoteOrder) -> Figures:
    """The components as the shop's own totals give them.

    Negative fees are discounts, and discounts that the shop keeps beside the lines are taken off the goods, so
    that the figures do not depend on where the documents carry a discount.
    """
    totals, currency = remote.totals, remote.currency
    moved_net = moved_tax = ZERO
    extras: Figures = {"tips": ZERO, "duties": ZERO}
    for charge in remote.charges:
        name = component_of(charge.kind)
        if is_discount(charge.net, charge.tax, charge.kind.value):
            moved_net += charge.net
            moved_tax += charge.tax
        elif name in extras:
            extras[name] += charge.net
    beside = [entry for entry in remote.discounts if not entry.in_lines]
    beside_net = sum((entry.net for entry in beside), ZERO)
    fees_tax = totals.fees_tax - moved_tax
    in_lines = round_money(totals.discount_net - beside_net, currency)
    discounts = defaultdict(lambda: ZERO, discounts_in_lines(remote, in_lines))
    for entry in beside:
        discounts[DISCOUNT_OF[entry.kind]] += entry.net
    discounts["header_discounts"] -= moved_net
    goods_net = totals.lines_net - beside_net + moved_net
    found = {
        "goods": goods_net + totals.discount_net - moved_net,
        **{name: discounts[name] for name in DISCOUNTS},
        "goods_net": goods_net,
        "goods_tax": totals.tax_total - totals.shipping_tax - fees_tax,
        "shipping": totals.shipping_net,
        "shipping_tax": totals.shipping_tax,
        "fees": totals.fees_net - moved_net - extras["tips"] - extras["duties"],
        **extras,
        "fees_tax": fees_tax,
        "rounding": totals.rounding,
        "tax_total": totals.tax_total,
        "grand_total": totals.grand_total,
    }
    figures = {name: round_money(value, currency) for name, value in found.items()}
    return {**figures, **_shop_rates(remote, figures["tax_total"])}


def discounts_in_lines(remote: RemoteOrder, taken: Decimal) -> Figures:
    """What the lines are lowered by (`taken`), split into coupons, discounts of the order and other line discounts.

    The shop's list of coupons may be older than its lines (an edited order), so it never counts for more than the
    lines show; what differs by rounding belongs to the coupons.
    """
    found: Figures = {}
    rest = taken
    quantum = currency_quantum(remote.currency)
    told: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for entry in remote.discounts:
        if entry.in_lines:
            told[DISCOUNT_OF[entry.kind]] += round_money(entry.net, remote.currency)
    for name, amount in told.items():
        part = max(ZERO, min(amount, rest))
        if part:
            found[name] = part
            rest -= part
    if rest:
        slack = quantum * (len(remote.lines) + len(remote.discounts))
        name = max(found, key=lambda key: found[key]) if found and abs(rest) <= slack else "line_discounts"
        found[name] = found.get(name, ZERO) + rest
    return found


def _shop_rates(remote: RemoteOrder, tax_total: Decimal) -> RateSum:
    """Tax per rate: the shop's own list, else what its rows say; nothing when some tax has no rate to count in."""
    if remote.taxes:
        return _settled_rates(remote.taxes, tax_total, remote.currency, ZERO)
    rows: list[tuple[Sequence[RemoteTax], Decimal, int]] = [(row.taxes, row.tax, 1) for row in remote.lines]
    rows += [(row.taxes, row.tax, 1) for row in remote.charges]
    rows += [(entry.taxes, entry.tax, -1) for entry in remote.discounts if not entry.in_lines]
    if any(tax and not taxes for taxes, tax, _sign in rows):
        return {}
    told = [
        RemoteTax("", code, rate, sign * amount)
        for taxes, tax, sign in rows
        for (code, rate), amount in shares_of(taxes, tax, remote.currency).items()
    ]
    rounding = currency_quantum(remote.currency) * max(1, len(rows))
    return _settled_rates(told, tax_total, remote.currency, rounding)


def _settled_rates(
    taxes: Iterable[RemoteTax], tax_total: Decimal, currency: str, rounding: Decimal
) -> RateSum:
    """Rounded per rate. What the tax in total differs by goes to the largest, as far as rounding explains it: half a
    cent per unrounded figure, or `rounding` where the figures are sums of rows."""
    exact: RateSum = {}
    for tax in taxes:
        name = RATE + rate_name(tax.rate_percent)
        exact[name] = exact.get(name, ZERO) + tax.amount
    rates = {name: round_money(amount, currency) for name, amount in exact.items()}
    rest = tax_total - sum(rates.values(), ZERO)
    unrounded = sum(1 for name in rates if exact[name] != rates[name])
    if rates and rest and abs(rest) <= max(rounding, currency_quantum(currency) * unrounded):
        rates[max(rates, key=lambda name: abs(exact[name]))] += rest
    return rates


# ---------------------------------------------------------------- plan and documents


def planned_figures(plan: OrderPlan) -> Figures:
    """The components as the documents will have them."""
    document = SavedDocument(
        plan.header_discount_net,
        plan.header_discount_tax,
        plan.rounding,
        ZERO,
        ZERO,
        _named(plan.header_discount_shares),
        [
            SavedRow(line.net, line.tax, _named(line.shares), line.subtotal_net, line.subtotal_net - line.net)
            for line in plan.lines
        ],
        [
            SavedRow(charge.net, charge.tax, _named(charge.shares), component=charge.component)
            for charge in plan.charges
        ],
    )
    figures = document_figures(document, plan.placements)
    tax_total = figures["goods_tax"] + figures["shipping_tax"] + figures["fees_tax"]
    nets = ("goods_net", "shipping", "fees", "tips", "duties", "rounding")
    return {
        **figures,
        "tax_total": tax_total,
        "grand_total": sum((figures[name] for name in nets), ZERO) + tax_total,
    }


def _named(shares: Mapping[tuple[str, Decimal | None], Decimal]) -> RateSum:
    found: RateSum = {}
    for (_code, rate), amount in shares.items():
        name = rate_name(rate)
        found[name] = found.get(name, ZERO) + amount
    return found


def document_figures(document: SavedDocument, placements: Placements | None = None) -> Figures:
    """The components of a document. placements: which discount went where; without them by their places alone."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    taxes: dict[str, Decimal] = defaultdict(lambda: ZERO)
    rates: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in [*document.lines, *document.charges]:
        sums[row.component] += row.net
        taxes[row.component] += row.tax
        for name, amount in row.rates.items():
            rates[RATE + name] += amount
    for name, amount in document.discount_rates.items():
        rates[RATE + name] -= amount
    places = {
        Place.LINES: sum((row.discount for row in document.lines), ZERO),
        Place.HEADER: document.discount_net,
        Place.ITEM: -sums["discount"],
    }
    found = {
        "goods": sum((row.subtotal for row in document.lines), ZERO),
        **discounts_by_component(places, placements or {}),
        "goods_net": sums[""] - document.discount_net + sums["discount"],
        "goods_tax": taxes[""] - document.discount_tax + taxes["discount"],
        "shipping_tax": taxes["shipping"],
        "fees_tax": taxes["fees"] + taxes["tips"] + taxes["duties"] + taxes["rounding"],
        **{name: sums[name] for name in ("shipping", "fees", "tips", "duties")},
        "rounding": document.rounding + sums["rounding"],
        "tax_total": document.tax_total,
        "grand_total": document.grand_total,
    }
    named = {name: amount for name, amount in rates.items() if amount or name != RATE}
    return {**found, **named}


def discounts_by_component(places: Mapping[Place, Decimal], placements: Placements) -> Figures:
    """What documents carry in each place, told apart by what was put there; a difference stays visible."""
    found = dict.fromkeys(DISCOUNTS, ZERO)
    for place, amount in places.items():
        put = {name: net for (name, where), net in placements.items() if where == place}
        for name, net in put.items():
            found[name] += net
        rest = amount - sum(put.values(), ZERO)
        if rest:
            found[max(put, key=lambda name: abs(put[name])) if put else _DEFAULT_OF[place]] += rest
    return found
