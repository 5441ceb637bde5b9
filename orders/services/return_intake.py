"""Keeping a return as the shop sent it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ecomsync.common.logs import current_trace_id
from linking.selectors import RemoteKey
from orders.models import Order, ReturnOrder, ReturnOrderLine
from orders.services.context import ImportContext
from orders.services.intake import clean_json, clean_text
from platforms.types import RemoteOrderLine, RemoteReturn, RemoteReturnLine


def lock_return(return_order: ReturnOrder) -> ReturnOrder:
    """The row read anew with its site and order, locked for the rest of the transaction."""
    rows = ReturnOrder.objects.select_for_update(of=("self",)).select_related("site", "order__sales_order")
    return rows.get(pk=return_order.pk)


def documents_hash(remote: RemoteReturn) -> str:
    """Changes with what the documents of a return depend on; not with its reason, nor with who paid it back."""
    content = {
        "order": remote.order_remote_id,
        "total": _plain(remote.total),
        "currency": remote.currency,
        "lines": [
            [line.kind, line.order_line_id, line.sku, *map(_plain, (line.quantity, line.net, line.tax))]
            for line in remote.lines
        ],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def text_of(remote: RemoteReturn) -> str:
    """Total and rows in a few words."""
    return f"{remote.total} {remote.currency}, {len(remote.lines)} lines"


def _plain(value: Any) -> str:
    return format(value.normalize(), "f") if value else "0"


def mirror(row: ReturnOrder, remote: RemoteReturn, context: ImportContext, *, is_new: bool) -> None:
    """Copy header and lines of the newest version to the row; the header is not saved."""
    row.order_remote_id = clean_text(remote.order_remote_id, 100)
    row.order = (
        Order.objects.filter(site=context.site, remote_id=row.order_remote_id)
        .select_related("sales_order")
        .first()
    )
    row.number = clean_text(remote.number, 100)
    row.created_remote = remote.created_at
    row.currency = remote.currency[:3].upper()
    row.total = remote.total
    row.reason = clean_text(remote.reason)
    row.restock = remote.restock
    row.paid_back = remote.paid_back
    row.announced = remote.announced
    row.payments = [
        {
            "code": clean_text(entry.code),
            "title": clean_text(entry.title),
            "kind": entry.kind.value,
            "amount": str(entry.amount),
            "transaction_id": clean_text(entry.transaction_id),
        }
        for entry in remote.payments
    ]
    row.exchange_for = [_wanted(line) for line in remote.exchange_lines]
    row.content_hash = documents_hash(remote)
    row.raw = clean_json(dict(remote.raw))
    row.trace_id = current_trace_id()[:64]
    row.withdrawn_at = None
    if not is_new:
        row.lines.all().delete()
    items = _items(row, remote, context)
    ReturnOrderLine.objects.bulk_create(
        _line(row, line, index, items.get(index)) for index, line in enumerate(remote.lines, start=1)
    )


def _wanted(line: RemoteOrderLine) -> dict[str, str]:
    return {
        "sku": clean_text(line.sku),
        "name": clean_text(line.name),
        "product_id": clean_text(line.product_id),
        "variant_id": clean_text(line.variant_id),
        "quantity": str(line.quantity),
        "net": str(line.net),
        "tax": str(line.tax),
    }


def _line(row: ReturnOrder, line: RemoteReturnLine, index: int, item: int | None) -> ReturnOrderLine:
    return ReturnOrderLine(
        return_order=row,
        line_no=index,
        kind=line.kind,
        order_line_id=clean_text(line.order_line_id, 100),
        sku=clean_text(line.sku, 255),
        name=clean_text(line.name),
        product_id=clean_text(line.product_id, 100),
        variant_id=clean_text(line.variant_id, 100),
        item_id=item,
        quantity=line.quantity,
        net=line.net,
        tax=line.tax,
        taxes=[
            {
                "name": clean_text(tax.name or tax.rate_id),
                "rate": "" if tax.rate_percent is None else str(tax.rate_percent),
                "amount": str(tax.amount),
            }
            for tax in line.taxes
        ],
    )


def _items(row: ReturnOrder, remote: RemoteReturn, context: ImportContext) -> dict[int, int]:
    """Line number -> item: that of the order's line, else what the linker knows under the SKU."""
    keys = {
        index: (line.order_line_id, RemoteKey(line.sku, line.product_id, line.variant_id))
        for index, line in enumerate(remote.lines, start=1)
        if line.kind == "line"
    }
    return _found(row, keys, context)


def refresh_items(row: ReturnOrder, context: ImportContext) -> None:
    """Look again for the items of lines that have none: they may be linked now."""
    lines = {line.line_no: line for line in row.lines.filter(item=None, kind="line")}
    keys = {
        number: (line.order_line_id, RemoteKey(line.sku, line.product_id, line.variant_id))
        for number, line in lines.items()
    }
    found = _found(row, keys, context)
    for number, item in found.items():
        lines[number].item_id = item
    ReturnOrderLine.objects.bulk_update([lines[number] for number in found], ["item"])


def _found(
    row: ReturnOrder, keys: dict[int, tuple[str, RemoteKey]], context: ImportContext
) -> dict[int, int]:
    sold: dict[str, int | None] = {}
    if row.order is not None:
        sold = dict(row.order.lines.values_list("remote_id", "item_id"))
    unknown = [key for order_line, key in keys.values() if sold.get(order_line) is None]
    linked = context.linked_keys(unknown)
    found: dict[int, int] = {}
    for index, (order_line, key) in keys.items():
        item = sold.get(order_line)
        link = linked.get(key)
        if item is not None:
            found[index] = item
        elif link is not None:
            found[index] = link.item.pk
    return found
