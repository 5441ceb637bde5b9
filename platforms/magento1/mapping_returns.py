"""Credit memos -> RemoteReturn. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO
from platforms.magento1.mapping_orders import SHIPPING_ID
from platforms.magento1.payloads import MemoItemShape, MemoShape, in_base_currency, read_shape
from platforms.types import RemoteReturn, RemoteReturnLine

CANCELLED = "3"
_ONE = Decimal(1)
_MARK = re.compile(r"\s*\[ecomsync ([^\]\s]+)\]")


def mark(key: str) -> str:
    """What a comment of ours ends with, so that a repetition finds what an earlier try made."""
    return f"[ecomsync {key}]"


def marked_key(text: str) -> str:
    """Our key in a comment, or ""."""
    found = _MARK.search(text)
    return found.group(1) if found else ""


def unmarked(text: str) -> str:
    return _MARK.sub("", text).strip()


def return_from_json(
    payload: Mapping[str, Any], *, order_remote_id: str = "", amounts: str = "order"
) -> RemoteReturn:
    """Read one `order_creditmemo.info` record. Raises InvalidPayload.

    Whether goods went back to the shelf and whether a gateway paid back is not told: both are None.
    """
    source = in_base_currency(payload) if amounts == "base" else payload
    shape = read_shape(MemoShape, source, what="Credit memo")
    if shape.created_at is None:
        raise InvalidPayload(
            f"Credit memo {shape.increment_id} cannot be read: created_at is empty.",
            platform="magento1",
            item=shape.increment_id,
            cure="Open the credit memo in the shop and save it again.",
        )
    comments = [comment.comment for comment in shape.comments if comment.comment]
    return RemoteReturn(
        remote_id=shape.increment_id,
        order_remote_id=shape.order_increment_id or order_remote_id,
        created_at=shape.created_at,
        currency=(shape.order_currency_code or shape.base_currency_code).upper(),
        total=shape.grand_total,
        lines=tuple(_lines(shape)),
        reason="\n".join(text for text in map(unmarked, comments) if text),
        number=shape.increment_id,
        raw=payload,
        our_key=next((key for key in map(marked_key, comments) if key), ""),
    )


def _lines(shape: MemoShape) -> list[RemoteReturnLine]:
    lines = [
        RemoteReturnLine(
            order_line_id=item.order_item_id,
            sku=item.sku.strip(),
            name=item.name,
            quantity=item.qty,
            net=item.row_total - item.discount_amount + item.hidden_tax_amount,
            tax=item.tax_amount,
            product_id=item.product_id,
        )
        for item in _with_money(shape.items)
        if item.qty
    ]
    if shape.shipping_amount or shape.shipping_tax_amount:
        lines.append(
            RemoteReturnLine(
                SHIPPING_ID, "", "", _ONE, _shipping_net(shape), shape.shipping_tax_amount, kind="shipping"
            )
        )
    if shape.adjustment:
        lines.append(RemoteReturnLine("", "", "", _ONE, shape.adjustment, ZERO, kind="amount"))
    return lines


def _shipping_net(shape: MemoShape) -> Decimal:
    """The shipping after its discount: what the memo's discount has beyond those of its rows."""
    beyond = abs(shape.discount_amount) - sum((item.discount_amount for item in shape.items), ZERO)
    discount = beyond if ZERO < beyond <= shape.shipping_amount else ZERO
    return shape.shipping_amount - discount + shape.shipping_hidden_tax_amount


def _with_money(items: Sequence[MemoItemShape]) -> list[MemoItemShape]:
    """Without the second row of configurables, which bears the SKU of the first and no money, and without the rows of
    bundles whose money stands elsewhere: of these no total is told, where one of 0 is told of what cost nothing."""
    if any(item.told_row_total is not None for item in items):
        items = [item for item in items if item.told_row_total is not None or item.tax_amount]
    paid = {item.sku for item in items if item.row_total or item.tax_amount}
    return [item for item in items if item.row_total or item.tax_amount or item.sku not in paid]
