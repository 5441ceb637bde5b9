"""Lines, shipping and other charges of an order, net with the tax beside them. Pure functions.

Shopify tells the price with or without tax (`taxesIncluded`), discounts as shares per line, and tax per line for all units
that were ever ordered. What an edit removed is scaled off; what a refund took back is not, since refunds come in as
returns of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ecomsync.common.money import HUNDRED, ZERO, allocate, round_money
from platforms.shopify.ids import number_of
from platforms.shopify.payloads import FeeShape, LineShape, OrderShape, ShippingShape, TaxShape
from platforms.types import (
    ChargeKind,
    DiscountKind,
    RemoteCharge,
    RemoteDiscount,
    RemoteOrderLine,
    RemoteTax,
)

_KINDS = {"DiscountCodeApplication": DiscountKind.COUPON}


@dataclass(frozen=True, slots=True)
class MappedLine:
    """A line, and what each discount application took off it, net and tax."""

    line: RemoteOrderLine
    shares: Mapping[int, tuple[Decimal, Decimal]]


def ordered_quantities(order: OrderShape) -> dict[str, int]:
    """Units per line as they stand after edits and before refunds; all that were placed of a cancelled order."""
    refunded: dict[str, int] = defaultdict(int)
    for refund in order.real_refunds:
        for row in refund.lines:
            refunded[row.line.id] += row.quantity
    return {
        line.id: line.quantity
        if order.cancelled_at is not None
        else min(line.quantity, line.current_quantity + refunded[line.id])
        for line in order.lines
    }


def map_line(line: LineShape, quantity: int, order: OrderShape) -> MappedLine:
    """quantity: the units that count. Amounts of the others are scaled off, rounded to the currency."""
    currency = order.currency
    share = Decimal(quantity) / Decimal(line.quantity) if line.quantity else Decimal(1)

    def scaled(amount: Decimal) -> Decimal:
        return amount if share == 1 else round_money(amount * share, currency)

    before = line.unit_price * quantity
    taken: dict[int, Decimal] = {}
    for allocation in line.allocations:
        index = allocation.application.index
        taken[index] = taken.get(index, ZERO) + scaled(allocation.amount)
    after = before - sum(taken.values(), ZERO)
    taxes = taxes_of(line.tax_lines, scaled)
    tax = sum((row.amount for row in taxes), ZERO)
    tax_before = _tax_before(before, after, tax, taxes, order)
    net_before, net = before, after
    if order.taxes_included:
        net_before, net = before - tax_before, after - tax
    mapped = RemoteOrderLine(
        remote_id=line.id,
        sku=line.sku.strip(),
        name=line.name or line.title,
        quantity=Decimal(quantity),
        subtotal_net=net_before,
        subtotal_tax=tax_before,
        net=net,
        tax=tax,
        taxes=taxes,
        product_id=line.product,
        variant_id=line.variant,
        attributes=_attributes(line),
    )
    return MappedLine(mapped, _split(mapped, taken, currency))


def _tax_before(
    before: Decimal, after: Decimal, tax: Decimal, taxes: Sequence[RemoteTax], order: OrderShape
) -> Decimal:
    """The tax as it would be without discounts: in proportion, or by the rates where nothing was left to pay."""
    if before == after or not taxes:
        return tax
    if after:
        return round_money(tax * before / after, order.currency)
    rate = sum((row.rate_percent or ZERO for row in taxes), ZERO) / HUNDRED
    whole = before * rate / (1 + rate) if order.taxes_included else before * rate
    return round_money(whole, order.currency)


def _split(
    line: RemoteOrderLine, taken: Mapping[int, Decimal], currency: str
) -> dict[int, tuple[Decimal, Decimal]]:
    indexes = [index for index, amount in taken.items() if amount]
    weights = [taken[index] for index in indexes]
    nets = allocate(line.discount_net, weights, currency)
    taxes = allocate(line.discount_tax, weights, currency)
    return {index: (net, tax) for index, net, tax in zip(indexes, nets, taxes, strict=True)}


def taxes_of(
    rows: Sequence[TaxShape], scaled: Callable[[Decimal], Decimal] = lambda amount: amount
) -> tuple[RemoteTax, ...]:
    """Tax rows; `rate` 0.2 of Shopify is 20 percent."""
    return tuple(
        RemoteTax(
            rate_id=row.title,
            name=row.title,
            rate_percent=None if row.rate is None else (row.rate * HUNDRED).normalize() + ZERO,
            amount=scaled(row.amount),
        )
        for row in rows
    )


def _attributes(line: LineShape) -> dict[str, str]:
    """What the buyer chose or entered; names with a leading underscore are for apps."""
    found = {row.key: row.value for row in line.attributes if row.key and not row.key.startswith("_")}
    if line.variant_title and line.variant_title != "Default Title":
        found.setdefault("variant", line.variant_title)
    return found


def is_bare(line: LineShape) -> bool:
    """A line that is no product: entered by hand, or a tip."""
    return not (line.product or line.variant or line.sku.strip() or line.is_gift_card or line.tax_lines)


def is_tip(line: LineShape, order: OrderShape) -> bool:
    """Shopify keeps a tip as a line that is no product; it is told from a custom line by its amount."""
    return bool(order.tip) and is_bare(line) and line.unit_price * line.quantity == order.tip


# ---------------------------------------------------------------- charges


def shipping_charge(row: ShippingShape, order: OrderShape) -> RemoteCharge:
    """Discounts on shipping are taken off already."""
    taxes = taxes_of(row.tax_lines)
    return _charge(
        number_of(row.id) or row.code or row.title,
        ChargeKind.SHIPPING,
        row.code or row.title,
        row.title,
        row.discounted,
        taxes,
        included=order.taxes_included,
    )


def fee_charge(row: FeeShape, order: OrderShape) -> RemoteCharge:
    return _charge(
        number_of(row.id) or row.name,
        ChargeKind.FEE,
        row.name,
        row.name,
        row.price,
        taxes_of(row.tax_lines),
        included=order.taxes_included,
    )


def tip_charge(amount: Decimal) -> RemoteCharge:
    return RemoteCharge("tip", ChargeKind.TIP, "tip", "Tip", amount, ZERO)


def duty_charge(amount: Decimal, tax: Decimal) -> RemoteCharge:
    """tax: what the order's tax has beyond its rows; Shopify tells it per line item and duty only."""
    return RemoteCharge("duties", ChargeKind.DUTY, "duties", "Duties", amount, tax)


def _charge(
    remote_id: str,
    kind: ChargeKind,
    code: str,
    title: str,
    price: Decimal,
    taxes: tuple[RemoteTax, ...],
    *,
    included: bool,
) -> RemoteCharge:
    tax = sum((row.amount for row in taxes), ZERO)
    return RemoteCharge(remote_id, kind, code, title, price - tax if included else price, tax, taxes)


# ---------------------------------------------------------------- discounts


def discounts_of(order: OrderShape, lines: Sequence[MappedLine]) -> tuple[RemoteDiscount, ...]:
    """One per application that lowered lines; those of shipping are in the shipping's own price."""
    sums: dict[int, list[Decimal]] = {}
    for mapped in lines:
        for index, (net, tax) in mapped.shares.items():
            entry = sums.setdefault(index, [ZERO, ZERO])
            entry[0] += net
            entry[1] += tax
    known = {application.index: application for application in order.applications}
    found = []
    for index, (net, tax) in sorted(sums.items()):
        application = known.get(index)
        title = (application.title or application.description or application.code) if application else ""
        found.append(
            RemoteDiscount(
                code=(application.code or title) if application else "",
                kind=_KINDS.get(application.kind, DiscountKind.HEADER)
                if application
                else DiscountKind.HEADER,
                net=net,
                tax=tax,
                in_lines=True,
                title=title,
            )
        )
    return tuple(found)
