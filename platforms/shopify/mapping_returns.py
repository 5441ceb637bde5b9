"""Refunds, and returns without refund -> RemoteReturn. Pure functions.

A refund has lines, shipping, and adjustments; the money that really moved stands in its transactions. What the lines do not
explain is a row of its own, so that the credit note comes to what the buyer got.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.money import ZERO, round_money
from platforms.shopify.answers import nodes_of
from platforms.shopify.ids import number_of
from platforms.shopify.mapping_people import payment_of
from platforms.shopify.payloads import OrderShape, RefundShape, ReturnShape
from platforms.shopify.returns import PREFIX
from platforms.types import RemoteOrderLine, RemoteReturn, RemoteReturnLine

#: Our own mark in the note of refunds that we made.
_OUR_MARK = re.compile(r"\s*\[ecomsync ([^\]]+)\]\s*$")
_PUT_BACK = {"RETURN": True, "CANCEL": True, "LEGACY_RESTOCK": True, "NO_RESTOCK": False}


def note_with_mark(reason: str, key: str) -> str:
    return f"{reason} [ecomsync {key}]".strip()


def mark_in(note: str) -> str:
    """The key of our notice in a refund's note, or ""."""
    found = _OUR_MARK.search(note)
    return found.group(1) if found else ""


def refund_value(refund: RefundShape, *, taxes_included: bool) -> tuple[Decimal, Decimal]:
    """(gross, tax) of a refund's lines and shipping."""
    rows = [(row.subtotal, row.tax) for row in refund.lines] + [
        (row.subtotal, row.tax) for row in refund.shipping
    ]
    tax = sum((entry[1] for entry in rows), ZERO)
    amount = sum((entry[0] for entry in rows), ZERO)
    return (amount if taxes_included else amount + tax), tax


def return_of(
    refund: RefundShape, order: OrderShape, raw: Mapping[str, Any], seen_at: datetime
) -> RemoteReturn:
    """One refund of an order that was read whole."""
    included = order.taxes_included
    lines = [
        RemoteReturnLine(
            order_line_id=row.line.id,
            sku=row.line.sku.strip(),
            name=row.line.name,
            quantity=Decimal(row.quantity),
            net=row.subtotal - row.tax if included else row.subtotal,
            tax=row.tax,
            product_id=row.line.product,
            variant_id=row.line.variant,
        )
        for row in refund.lines
    ]
    lines += [
        RemoteReturnLine(
            order_line_id=number_of(row.shipping.id),
            sku="",
            name=row.shipping.title,
            quantity=ZERO,
            net=row.subtotal - row.tax if included else row.subtotal,
            tax=row.tax,
            kind="shipping",
        )
        for row in refund.shipping
    ]
    paid = [row for row in refund.transactions if row.kind == "REFUND" and row.status == "SUCCESS"]
    explained = refund_value(refund, taxes_included=included)[0]
    total = refund.total or sum((row.amount for row in paid), ZERO) or explained
    rest = total - explained
    if rest:
        lines.append(_amount_line(refund, rest))
    return RemoteReturn(
        remote_id=refund.id,
        order_remote_id=order.id,
        created_at=refund.created_at or seen_at,
        currency=order.currency,
        total=total,
        lines=tuple(lines),
        reason=_OUR_MARK.sub("", refund.note),
        number=refund.id,
        restock=_restock(refund),
        raw=raw,
        paid_back=bool(paid),
        payments=tuple(payment_of(row, order.currency, is_paid=True) for row in paid),
        our_key=mark_in(refund.note),
        settles=next(
            (
                f"{PREFIX}{entry.id}"
                for entry in order.returns
                if any(made.id == refund.id for made in entry.refunds)
            ),
            "",
        ),
    )


def announced_returns(
    order: OrderShape, lines: Sequence[RemoteOrderLine], raw: Mapping[str, Any]
) -> tuple[RemoteReturn, ...]:
    """Returns that were opened and not refunded, whole or in part. What is asked for and not approved, declined or
    cancelled is none; nor is what a refund without the return has taken off the order."""
    if order.cancelled_at is not None:
        return ()
    sold = {line.remote_id: line for line in lines}
    left = {line.id: line.current_quantity for line in order.lines}
    raws = {number_of(row.get("id")): row for row in nodes_of(raw.get("returns"))}
    found = []
    for entry in order.returns:
        if entry.status not in ("OPEN", "CLOSED"):
            continue
        rows: list[RemoteReturnLine] = []
        for row in entry.lines:
            key = row.source.line if row.source is not None else ""
            quantity = min(row.quantity - row.refunded, left.get(key, 0))
            if quantity > 0 and key in sold:
                left[key] -= quantity
                rows.append(_share_of(sold[key], quantity, order.currency))
        if rows:
            found.append(_announced(entry, order, rows, raws[entry.id]))
    return tuple(found)


def _announced(
    entry: ReturnShape, order: OrderShape, rows: Sequence[RemoteReturnLine], raw: Mapping[str, Any]
) -> RemoteReturn:
    return RemoteReturn(
        remote_id=f"{PREFIX}{entry.id}",
        order_remote_id=order.id,
        created_at=entry.created_at or order.updated_at,
        currency=order.currency,
        total=sum((row.net + row.tax for row in rows), ZERO),
        lines=tuple(rows),
        reason="; ".join(dict.fromkeys(row.note for row in entry.lines if row.note)),
        number=entry.name.lstrip("#") or entry.id,
        restock=_put_away(entry),
        raw=raw,
        paid_back=False,
        announced=True,
    )


def _share_of(line: RemoteOrderLine, quantity: int, currency: str) -> RemoteReturnLine:
    """Units of a sold line at what the buyer paid for them."""
    share = Decimal(quantity) / line.quantity
    return RemoteReturnLine(
        order_line_id=line.remote_id,
        sku=line.sku,
        name=line.name,
        quantity=Decimal(quantity),
        net=round_money(line.net * share, currency),
        tax=round_money(line.tax * share, currency),
        product_id=line.product_id,
        variant_id=line.variant_id,
    )


def _put_away(entry: ReturnShape) -> bool | None:
    """Whether the goods went back to the shop's stock; None while they are on their way, or where some did."""
    done = [part for head in entry.reverse for line in head.lines for part in line.dispositions]
    if sum(part.quantity for part in done) < sum(row.quantity for row in entry.lines):
        return None
    found = {part.kind == "RESTOCKED" for part in done if part.quantity}
    return found.pop() if len(found) == 1 else None


def _amount_line(refund: RefundShape, rest: Decimal) -> RemoteReturnLine:
    """Money beyond the goods, or a fee that was kept back; its tax as the adjustments tell it."""
    tax = -sum((row.tax for row in refund.adjustments), ZERO)
    if (tax < 0) != (rest < 0) or abs(tax) > abs(rest):
        tax = ZERO
    reason = next((row.reason for row in refund.adjustments if row.reason), "")
    return RemoteReturnLine(
        order_line_id="",
        sku="",
        name=reason.replace("_", " ").capitalize(),
        quantity=ZERO,
        net=rest - tax,
        tax=tax,
        kind="amount" if rest > 0 else "fee",
    )


def _restock(refund: RefundShape) -> bool | None:
    """Whether the goods went back to the shop's stock; None where some did, or it cannot be told."""
    found = {_PUT_BACK.get(row.restock_type) for row in refund.lines if row.quantity}
    return found.pop() if len(found) == 1 else None
