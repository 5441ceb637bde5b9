"""Where discounts go: into the lines, onto the header, or onto a discount item. Sums never change."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ecomsync.common.money import ZERO, allocate, currency_quantum, round_money
from erp.models.sales import ChargeKind as ErpChargeKind
from orders.reasons import HoldCode
from orders.services.figures import DISCOUNT_OF
from orders.services.plan import OrderPlan, Place, PlannedCharge
from orders.services.shares import Shares, add, key_of, negated, scale, shares_of
from platforms.types import DiscountKind, RemoteDiscount
from sites.choices import CouponTarget, HeaderDiscountSplit
from sites.models import Site


def place_discounts(plan: OrderPlan, site: Site) -> None:
    """Coupons by 'put coupon discount to', discounts of the whole order by 'put header discount in line discount'.

    Gift cards, credit and points that the shop took off the total stay on the header: they are no price of goods.
    """
    if site.put_coupon_discount_to != CouponTarget.LINES:
        _lift_coupons(plan, site)
    for entry in plan.remote.discounts:
        if entry.in_lines or not (entry.net or entry.tax):
            continue
        label = entry.title or entry.code
        net, shares = _rounded(plan, entry)
        if entry.kind is DiscountKind.COUPON:
            _place_coupon(plan, site, label, net, shares)
        elif entry.kind is DiscountKind.HEADER:
            place_header_discount(plan, site, label, net, shares)
        else:
            _to_header(plan, DISCOUNT_OF[entry.kind], label, net, shares)


def _rounded(plan: OrderPlan, entry: RemoteDiscount) -> tuple[Decimal, Shares]:
    """Net and tax per rate; where the shop tells no rates, those that its list of taxes leaves, else the goods'."""
    currency = plan.remote.currency
    tax = round_money(entry.tax, currency)
    if entry.taxes or not tax:
        return round_money(entry.net, currency), shares_of(entry.taxes, tax, currency)
    return round_money(entry.net, currency), scale(_goods_rates(plan), tax, currency)


def _goods_rates(plan: OrderPlan) -> Shares:
    """What tax the untold discounts can be of: what the rows have beyond the shop's list of taxes, else all of it."""
    currency = plan.remote.currency
    goods: Shares = {}
    for line in plan.remote.lines:
        shares = shares_of(line.taxes, round_money(line.tax, currency), currency)
        add(goods, {key: amount for key, amount in shares.items() if amount > 0})
    listed: Shares = {}
    for tax in plan.remote.taxes:
        add(listed, {key_of(tax): tax.amount})
    if not listed:
        return goods
    beyond = dict(goods)
    add(beyond, listed, sign=-1)
    for charge in plan.remote.charges:
        add(beyond, shares_of(charge.taxes, round_money(charge.tax, currency), currency))
    beyond = {key: min(amount, goods[key]) for key, amount in beyond.items() if amount > 0 and key in goods}
    return beyond or goods


def place_header_discount(plan: OrderPlan, site: Site, label: str, net: Decimal, shares: Shares) -> None:
    """A discount of the whole order (positive amounts), as the site wants it."""
    split = site.put_header_discount_in_line_discount
    if split != HeaderDiscountSplit.NO and spread(
        plan, net, shares, by_quantity=split == HeaderDiscountSplit.BY_QUANTITY
    ):
        plan.place("header_discounts", Place.LINES, net)
        plan.decide("discount", label, "lines", str(split))
        return
    _to_header(plan, "header_discounts", label, net, shares)


def _to_header(plan: OrderPlan, component: str, label: str, net: Decimal, shares: Shares) -> None:
    plan.header_discount_net += net
    add(plan.header_discount_shares, shares)
    plan.place(component, Place.HEADER, net)
    plan.decide("coupon" if component == "coupons" else "discount", label, "header")


def _place_coupon(plan: OrderPlan, site: Site, label: str, net: Decimal, shares: Shares) -> None:
    target = site.put_coupon_discount_to
    if target == CouponTarget.ITEM:
        _to_item(plan, site, label, net, shares)
    elif target == CouponTarget.LINES and spread(plan, net, shares, by_quantity=False):
        plan.place("coupons", Place.LINES, net)
        plan.decide("coupon", label, "lines")
    else:
        _to_header(plan, "coupons", label, net, shares)


def _lift_coupons(plan: OrderPlan, site: Site) -> None:
    """Take the coupons that the shop put into the lines out again, and place their sum; other line discounts stay."""
    wanted = plan.placements.pop(("coupons", str(Place.LINES)), ZERO)
    lines = [line for line in plan.lines if line.subtotal_net > line.net]
    whole = sum((line.subtotal_net - line.net for line in lines), ZERO)
    if not wanted or not whole:
        return
    currency = plan.remote.currency
    parts = [line.subtotal_net - line.net for line in lines]
    if wanted != whole:
        parts = allocate(wanted, parts, currency)
    lifted: Shares = {}
    for line, part in zip(lines, parts, strict=True):
        given = dict(line.subtotal_shares)
        add(given, line.shares, sign=-1)
        discount = line.subtotal_net - line.net
        if part != discount:
            given = {key: round_money(amount * part / discount, currency) for key, amount in given.items()}
        line.net += part
        add(line.shares, given)
        add(lifted, given)
    label = ", ".join(entry.code for entry in plan.remote.discounts if entry.in_lines)
    _place_coupon(plan, site, label, wanted, lifted)


def _to_item(plan: OrderPlan, site: Site, label: str, net: Decimal, shares: Shares) -> None:
    if site.discount_item is None:
        plan.hold(HoldCode.MISSING_DISCOUNT_ITEM, subject=label)
        return
    charge = PlannedCharge("discount", ErpChargeKind.DISCOUNT, label, -net, negated(shares))
    charge.service_item = site.discount_item
    if len(shares) == 1:
        charge.tax_code, charge.tax_rate = next(iter(shares))
    plan.charges.append(charge)
    plan.place("coupons", Place.ITEM, net)
    plan.decide("coupon", label, site.discount_item.code)


def spread(plan: OrderPlan, net: Decimal, taxes: Shares, *, by_quantity: bool) -> bool:
    """Take a discount off the lines without losing a cent, its tax off the same rates; False when the lines cannot
    bear it."""
    lines = plan.lines
    currency = plan.remote.currency
    shares = _shares(
        net,
        [line.quantity for line in lines] if by_quantity else None,
        [line.net for line in lines],
        currency,
    )
    if shares is None:
        return False
    taken = []
    for key, tax in taxes.items():
        limits = [max(ZERO, line.shares.get(key, ZERO)) for line in lines]
        weights = [
            limit * share / line.net if line.net else ZERO
            for line, share, limit in zip(lines, shares, limits, strict=True)
        ]
        parts = _shares(tax, weights, limits, currency)
        if parts is None:
            return False
        taken.append((key, parts))
    for line, share in zip(lines, shares, strict=True):
        line.net -= share
    for key, parts in taken:
        for line, part in zip(lines, parts, strict=True):
            if part:
                line.shares[key] -= part
    return True


def _shares(
    total: Decimal, weights: Sequence[Decimal] | None, limits: Sequence[Decimal], currency: str
) -> list[Decimal] | None:
    """Split `total` by weight (by limit when there is none), no part above its limit."""
    if not total:
        return [ZERO] * len(limits)
    if total < 0 or total > sum(limits, ZERO):
        return None
    shares = allocate(total, list(weights if weights is not None else limits), currency)
    over = ZERO
    for index, limit in enumerate(limits):
        if shares[index] > limit:
            over += shares[index] - limit
            shares[index] = limit
    while over > 0:
        room = [limit - share for limit, share in zip(limits, shares, strict=True)]
        index = max(range(len(room)), key=lambda position: room[position])
        part = min(over, room[index])
        if part <= 0:
            return None
        shares[index] += part
        over -= part
    return shares if all(share >= 0 for share in shares) else None


def settle(amounts: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Round amounts to the currency so that they sum to their rounded sum; the largest takes what is left."""
    quantum = currency_quantum(currency)
    rounded = [amount.quantize(quantum, rounding="ROUND_HALF_UP") for amount in amounts]
    if rounded:
        wanted = sum(amounts, ZERO).quantize(quantum, rounding="ROUND_HALF_UP")
        largest = max(range(len(amounts)), key=lambda index: abs(amounts[index]))
        rounded[largest] += wanted - sum(rounded, ZERO)
    return rounded
