"""Credit notes of an order -> RemoteReturn. They name products and not lines, and their money is with tax."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO, currency_quantum
from platforms.types import RemoteReturn, RemoteReturnLine
from platforms.zid.errors import PLATFORM
from platforms.zid.options import ZidOptions
from platforms.zid.payloads import CreditItemShape, CreditNoteShape, LineShape, OrderShape, moment_of

_MARK = re.compile(r"\s*\[#([^\[\]]+)\]\s*$")


def reason_with_key(reason: str, key: str) -> str:
    """Our key goes with the reason, the only text that a credit note keeps, so that a repetition finds it."""
    return f"{reason} [#{key}]".strip()


def returns_of(order: OrderShape, currency: str, options: ZidOptions) -> tuple[RemoteReturn, ...]:
    """Oldest first. Raises InvalidPayload."""
    left = {line.order_product_id: line.quantity for line in order.products}
    notes = sorted(order.credit_notes, key=lambda note: (note.created_at, note.id))
    return tuple(_return(note, order, currency, options, left) for note in notes)


def _return(
    note: CreditNoteShape, order: OrderShape, currency: str, options: ZidOptions, left: dict[str, Decimal]
) -> RemoteReturn:
    quantum = currency_quantum(currency)
    found = _MARK.search(note.issue_reason)
    try:
        created = moment_of(note.created_at, options.order_zone)
    except ValueError as err:
        raise InvalidPayload(
            f"Credit note {note.id} cannot be read: '{note.created_at}' is no moment.",
            platform=PLATFORM,
            cure="Look at the raw payload: the store sent something else.",
        ) from err
    return RemoteReturn(
        remote_id=note.id,
        order_remote_id=order.id,
        created_at=created,
        currency=currency,
        total=note.order_total.quantize(quantum, rounding=ROUND_HALF_UP),
        lines=tuple(_line(item, order, quantum, left) for item in note.items),
        reason=_MARK.sub("", note.issue_reason),
        number=note.invoice_number or note.id,
        our_key=found.group(1) if found else "",
    )


def _line(
    item: CreditItemShape, order: OrderShape, quantum: Decimal, left: dict[str, Decimal]
) -> RemoteReturnLine:
    sold = _sold(item, order, left)
    gross = item.total.quantize(quantum, rounding=ROUND_HALF_UP)
    rate = sold.tax_percentage if sold else ZERO
    tax = (gross * rate / (1 + rate)).quantize(quantum, rounding=ROUND_HALF_UP)
    return RemoteReturnLine(
        order_line_id=sold.order_product_id if sold else "",
        sku=item.sku.strip() or (sold.sku.strip() if sold else ""),
        name=sold.name if sold else item.sku,
        quantity=item.quantity,
        net=gross - tax,
        tax=tax,
        product_id=(sold.parent_id or sold.id) if sold else item.product_id,
        variant_id=sold.id if sold and sold.parent_id else "",
    )


def _sold(item: CreditItemShape, order: OrderShape, left: dict[str, Decimal]) -> LineShape | None:
    """The line of the product of which pieces are left to come back."""
    fitting = [
        line
        for line in order.products
        if (item.product_id and line.id == item.product_id) or (item.sku and line.sku == item.sku)
    ]
    chosen = next((line for line in fitting if left.get(line.order_product_id, ZERO) >= item.quantity), None)
    chosen = chosen or next(iter(fitting), None)
    if chosen is not None:
        left[chosen.order_product_id] = left.get(chosen.order_product_id, ZERO) - item.quantity
    return chosen
