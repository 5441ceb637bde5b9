"""Where discounts go: into the lines, onto the header, or onto a discount item. Sums never change."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ecomsync.common.money import ZERO, allocate, currency_quantum
from erp.models.sales import ChargeKind as ErpChargeKind
from orders.reasons import HoldCode
from orders.services.plan import OrderPlan, PlannedCharge
from platforms.types import DiscountKind
from sites.choices import CouponTarget, HeaderDiscountSplit
from sites.models import Site


def place_discounts(plan: OrderPlan, site: Site) -> None:
    """Coupons by 'put coupon discount to', discounts of the whole order by 'put header discount in line discount'."""
    coupons_in_lines = [entry for entry in plan.remote.discounts if entry.in_lines]
    if coupons_in_lines and site.put_coupon_discount_to != CouponTarget.LINES:
        _lift_from_lines(plan, site)
    for entry in plan.remote.discounts:
        if entry.in_lines or not (entry.net or entry.tax):
            continue
        label = entry.title or entry.code
        if entry.kind is DiscountKind.COUPON:
            _place_coupon(plan, site, label, entry.net, entry.tax)
        else:
            place_header_discount(plan, site, label, entry.net, entry.tax)


def place_header_discount(plan: OrderPlan, site: Site, label: str, net: Decimal, tax: Decimal) -> None:
    """A discount of the whole order (positive amounts), as the site wants it."""
    split = site.put_header_discount_in_line_discount
    if split != HeaderDiscountSplit.NO and spread(
        plan, net, tax, by_quantity=split == HeaderDiscountSplit.BY_QUANTITY
    ):
        plan.decide("discount", label, "lines", str(split))
        return
    plan.header_discount_net += net
    plan.header_discount_tax += tax
    plan.decide("discount", label, "header")


def _place_coupon(plan: OrderPlan, site: Site, label: str, net: Decimal, tax: Decimal) -> None:
    target = site.put_coupon_discount_to
    if target == CouponTarget.ITEM:
        _to_item(plan, site, label, net, tax)
    elif target == CouponTarget.LINES and spread(plan, net, tax, by_quantity=False):
        plan.decide("coupon", label, "lines")
    else:
        plan.header_discount_net += net
        plan.header_discount_tax += tax
        plan.decide("coupon", label, "header")


def _lift_from_lines(plan: OrderPlan, site: Site) -> None:
    """Take discounts that the shop put into the lines out again, and place their sum."""
    net = sum((line.subtotal_net - line.net for line in plan.lines), ZERO)
    tax = sum((line.subtotal_tax - line.tax for line in plan.lines), ZERO)
    if not net and not tax:
        return
    for line in plan.lines:
        line.net, line.tax = line.subtotal_net, line.subtotal_tax
    label = ", ".join(entry.code for entry in plan.remote.discounts if entry.in_lines)
    _place_coupon(plan, site, label, net, tax)


def _to_item(plan: OrderPlan, site: Site, label: str, net: Decimal, tax: Decimal) -> None:
    if site.discount_item is None:
        plan.hold(HoldCode.MISSING_DISCOUNT_ITEM, subject=label)
        return
    plan.charges.append(
        PlannedCharge("discount", ErpChargeKind.DISCOUNT, label, -net, -tax, service_item=site.discount_item)
    )
    plan.decide("coupon", label, site.discount_item.code)


def spread(plan: OrderPlan, net: Decimal, tax: Decimal, *, by_quantity: bool) -> bool:
    """Take a discount off the lines without losing a cent; False when the lines cannot bear it."""
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
    weights = [
        line.tax * share / line.net if line.net else ZERO for line, share in zip(lines, shares, strict=True)
    ]
    tax_shares = _shares(tax, weights, [line.tax for line in lines], currency)
    if tax_shares is None:
        return False
    for line, share, tax_share in zip(lines, shares, tax_shares, strict=True):
        line.net -= share
        line.tax -= tax_share
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
