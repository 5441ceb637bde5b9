"""Magento 2 credit memos -> RemoteReturn. Pure functions; a credit memo counts positive, as we do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ecomsync.common.money import ZERO
from platforms.magento2.order_amounts import memo_row_net
from platforms.magento2.payloads import MemoShape, read_shape
from platforms.types import RemoteReturn, RemoteReturnLine

CANCELLED_STATE = "3"
_MARK = re.compile(r"\[ecomsync:([^\]]+)\]")


def mark_of(key: str) -> str:
    """Our own mark on a document's comment, so that it is recognised after a lost answer and when it comes back."""
    return f"[ecomsync:{key}]"


def key_in(text: str) -> str:
    """The key of our mark in a comment, or ""."""
    found = _MARK.search(text)
    return found.group(1) if found else ""


def return_from_json(payload: Mapping[str, Any]) -> RemoteReturn:
    """Read one credit memo. Raises InvalidPayload listing every fault.

    An adjustment fee that the shop kept stands in no line: the total is lower than the lines by it.
    """
    shape = read_shape(MemoShape, payload, what="Credit memo")
    texts = [comment.comment for comment in shape.comments]
    return RemoteReturn(
        remote_id=shape.entity_id,
        order_remote_id=shape.order_id,
        created_at=shape.created_at,
        currency=shape.order_currency_code.upper(),
        total=shape.grand_total,
        lines=tuple(_lines(shape)),
        reason=" ".join(filter(None, (_MARK.sub("", text).strip() for text in texts))),
        number=shape.increment_id or shape.entity_id,
        raw=payload,
        paid_back=True if shape.transaction_id else None,
        our_key=next((key for text in texts if (key := key_in(text))), ""),
    )


def _lines(shape: MemoShape) -> Iterator[RemoteReturnLine]:
    """Rows that give something back. A configurable's child and a bundle's parent are copied with nothing on them."""
    for item in shape.items:
        net = memo_row_net(item, shape.order_currency_code)
        if net or item.tax_amount:
            yield RemoteReturnLine(
                order_line_id=item.order_item_id,
                sku=item.sku.strip(),
                name=item.name,
                quantity=item.qty,
                net=net,
                tax=item.tax_amount,
                product_id=item.product_id,
            )
    if shape.shipping_amount or shape.shipping_tax_amount:
        yield RemoteReturnLine(
            "", "", "Shipping", ZERO, shape.shipping_amount, shape.shipping_tax_amount, "shipping"
        )
    if shape.adjustment_positive:
        yield RemoteReturnLine("", "", "Adjustment", ZERO, shape.adjustment_positive, ZERO, "amount")
