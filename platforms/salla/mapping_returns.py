"""What came back of an order -> RemoteReturn. Pure functions.

Salla has no returns: a status says that all or a part was restored, a list names the lines without their pieces, return
shipments tell pieces, and our own refunds stand in the order's notes with their lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ecomsync.common.money import ZERO, round_money
from platforms.salla.payloads import OrderShape, OwnRefundLineShape, OwnRefundShape
from platforms.types import (
    ChargeKind,
    RemoteCharge,
    RemoteOrder,
    RemoteOrderLine,
    RemoteReturn,
    RemoteReturnLine,
    RemoteTax,
)

RESTORED = "restored"


def returns_of(order: RemoteOrder, shape: OrderShape) -> tuple[RemoteReturn, ...]:
    """Our own refunds whose lines are known, then what the store took back beyond them."""
    own = [refund for refund in shape.our_refunds if refund.lines]
    found = [_own_return(order, refund) for refund in own]
    rest = _store_return(order, shape, own)
    return (*found, rest) if rest is not None else tuple(found)


def untold_return(payload: Mapping[str, Any]) -> bool:
    """Whether something was restored whose pieces nothing tells: of a part, a line of several pieces."""
    if not payload.get("restored_in_part"):
        return False
    named = {str(row.get("id")) for row in payload.get("refunded_items") or () if isinstance(row, Mapping)}
    told = set(payload.get("return_pieces") or ())
    told |= {
        str(line.get("id")) for row in payload.get("our_refunds") or () for line in row.get("lines") or ()
    }
    lines = [row for row in payload.get("items") or () if str(row.get("id")) in named]
    return not lines or any(
        str(row.get("quantity")) != "1" and str(row.get("id")) not in told for row in lines
    )


# ---------------------------------------------------------------- our own


def _own_return(order: RemoteOrder, refund: OwnRefundShape) -> RemoteReturn:
    lines = {line.remote_id: line for line in order.lines}
    rows = []
    for told in refund.lines:
        sold = lines.get(told.id)
        rows.append(
            RemoteReturnLine(
                told.id if sold else "",
                sold.sku if sold else "",
                sold.name if sold else told.id,
                told.quantity,
                told.net,
                told.tax,
                kind="line" if sold else told.id if told.id in ("shipping", "fee") else "amount",
                product_id=sold.product_id if sold else "",
                taxes=_taxes(sold.taxes, told.tax) if sold else (),
            )
        )
    return RemoteReturn(
        remote_id=f"{order.remote_id}-{refund.key}"[:100],
        order_remote_id=order.remote_id,
        created_at=refund.at or order.updated_at,
        currency=order.currency,
        total=refund.amount,
        lines=tuple(rows),
        number=f"{order.number}-R",
        our_key=refund.key,
    )


# ---------------------------------------------------------------- the store's


@dataclass(frozen=True, slots=True)
class _Taken:
    """What our own refunds gave back of a line, or of shipping or fees."""

    quantity: Decimal
    net: Decimal
    tax: Decimal

    @classmethod
    def of(cls, number: str, rows: Sequence[OwnRefundLineShape]) -> _Taken:
        own = [row for row in rows if row.id == number]
        return cls(
            sum((row.quantity for row in own), ZERO),
            sum((row.net for row in own), ZERO),
            sum((row.tax for row in own), ZERO),
        )


def _store_return(
    order: RemoteOrder, shape: OrderShape, own: Sequence[OwnRefundShape]
) -> RemoteReturn | None:
    """Of a restored order: all of it, or the pieces that are known to be back; less what our own refunds took."""
    if shape.status.slug != RESTORED:
        return None
    taken = [line for refund in own for line in refund.lines]
    rows: list[RemoteReturnLine] = []
    for line in order.lines:
        ours = _Taken.of(line.remote_id, taken)
        pieces = _pieces_back(line, shape, ours.quantity)
        if pieces is None:
            return None
        if pieces > 0:
            rows.append(_line(line, pieces, ours, order.currency))
    if not shape.restored_in_part:
        rows += [row for charge in order.charges if (row := _charge(charge, taken)) is not None]
    if not rows:
        return None
    unlined = [refund.key for refund in shape.our_refunds if not refund.lines]
    total = sum((row.net + row.tax for row in rows), ZERO)
    return RemoteReturn(
        remote_id=f"{order.remote_id}-restored",
        order_remote_id=order.remote_id,
        created_at=order.updated_at,
        currency=order.currency,
        total=total + (ZERO if shape.restored_in_part else order.totals.rounding),
        lines=tuple(rows),
        number=f"{order.number}-R",
        our_key=unlined[0] if len(unlined) == 1 else "",
    )


def _pieces_back(line: RemoteOrderLine, shape: OrderShape, own: Decimal) -> Decimal | None:
    """Pieces of a line that the store took back beyond our own refunds; None where nothing tells how many."""
    if not shape.restored_in_part:
        return line.quantity - own
    shipped_back = shape.return_pieces.get(line.remote_id)
    if shipped_back is not None:
        return min(shipped_back, line.quantity) - own
    if line.remote_id not in {row.id for row in shape.refunded_items}:
        return ZERO
    if line.quantity == 1:
        return line.quantity - own
    return ZERO if own else None


def _line(line: RemoteOrderLine, pieces: Decimal, ours: _Taken, currency: str) -> RemoteReturnLine:
    """The rest of a line to the last cent; of a part its share."""
    net, tax = line.net - ours.net, line.tax - ours.tax
    if pieces + ours.quantity != line.quantity:
        share = pieces / line.quantity
        net, tax = round_money(line.net * share, currency), round_money(line.tax * share, currency)
    return RemoteReturnLine(
        line.remote_id,
        line.sku,
        line.name,
        pieces,
        net,
        tax,
        product_id=line.product_id,
        taxes=_taxes(line.taxes, tax),
    )


def _charge(charge: RemoteCharge, taken: Sequence[OwnRefundLineShape]) -> RemoteReturnLine | None:
    kind = "shipping" if charge.kind is ChargeKind.SHIPPING else "fee"
    ours = _Taken.of(kind, taken)
    net, tax = charge.net - ours.net, charge.tax - ours.tax
    if net <= 0 and tax <= 0 and (charge.net or charge.tax):
        return None
    return RemoteReturnLine(
        "", "", charge.title, Decimal(1), net, tax, kind=kind, taxes=_taxes(charge.taxes, tax)
    )


def _taxes(taxes: Sequence[RemoteTax], amount: Decimal) -> tuple[RemoteTax, ...]:
    """A row of Salla has one rate."""
    return tuple(RemoteTax(tax.rate_id, tax.name, tax.rate_percent, amount) for tax in taxes[:1])
