"""What the shop shows of orders now beside what we hold, and what taking it over would do. Orders are not touched."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from activity.services import RunReporter
from ecomsync.common.conf import conf
from ecomsync.common.errors import ConfigurationError, EcomsyncError
from orders.models import Order, OrderComparison
from orders.services.context import ImportContext
from orders.services.intake import clean_json, clean_text, hash_of_raw, write_header
from orders.services.preview import preview_order
from platforms.base import OrderOrFailure
from platforms.types import OrderReadFailure, RemoteOrder
from sites.models import Site
from sites.services.adapters import open_adapter

logger = logging.getLogger(__name__)

#: Columns of an order that are compared, in the order they are shown.
FIELDS = (
    "number", "status_remote", "phase", "financial_status", "currency", "customer_name", "customer_company",
    "customer_email", "customer_phone", "customer_tax_number", "payment_code", "shipping_code", "note",
    "lines_net", "discount_net", "shipping_net", "shipping_tax", "fees_net", "fees_tax", "tax_total", "grand_total",
    "refunded_total",
)  # fmt: skip
ADDRESSES = ("billing_address", "shipping_address")
ADDRESS_PARTS = (
    "name",
    "company",
    "line1",
    "line2",
    "city",
    "region",
    "postal_code",
    "country",
    "phone",
    "email",
)
#: Columns that are personal data, masked for most readers.
PERSONAL = frozenset(
    {"customer_name", "customer_company", "customer_email", "customer_phone", "customer_tax_number", "note"}
    | {
        f"{address}.{part}"
        for address in ADDRESSES
        for part in ADDRESS_PARTS
        if part not in ("country", "city")
    }
)


@dataclass(slots=True)
class Difference:
    """fields: name, old, new. rows: kind (line, charge, discount, payment), change (added, removed, changed), label,
    and the figures before and after."""

    fields: list[dict[str, str]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.fields or self.rows)


def compare_orders(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """Read chosen orders from the shop (`remote_ids`, also ones we never read) and keep what differs with the run."""
    remote_ids = [str(key) for key in params.get("remote_ids", ())]
    if not remote_ids:
        raise ConfigurationError(
            "No order was chosen.", cure="Choose orders in the list, or enter their numbers."
        )
    OrderComparison.objects.filter(run=run.run).delete()  # begun again after a worker died
    run.progress(0, len(remote_ids))
    size, done, missing = conf.order_processing_batch_size, 0, set(remote_ids)
    with open_adapter(site, run=run.run) as adapter:
        for start in range(0, len(remote_ids), size):
            run.check_cancelled()
            context = ImportContext(site)
            for entry in adapter.get_orders(remote_ids[start : start + size]):
                missing.discard(entry.remote_id)
                run.found()
                run.count(_compare_one(run, site, entry, context))
                done += 1
                run.progress(done)
    for remote_id in sorted(missing):
        run.found()
        run.skipped()
        _keep(run, site, remote_id, error="The order does not exist in the shop.")


def _compare_one(run: RunReporter, site: Site, entry: OrderOrFailure, context: ImportContext) -> str:
    """Keep the comparison; returns the outcome that the run counts."""
    if isinstance(entry, OrderReadFailure):
        _keep(run, site, entry.remote_id, error=entry.message)
        return "failed"
    order = stored_order(site, entry.remote_id)
    difference = difference_of(order, entry) if order is not None else Difference()
    try:
        preview = preview_order(site=site, remote=entry, context=context)
    except EcomsyncError as error:
        _keep(run, site, entry.remote_id, order=order, error=str(error), difference=difference)
        return "failed"
    except Exception as error:  # the outer loop of a worker: one broken order must not stop the others
        logger.exception("Order %s could not be rehearsed", entry.remote_id, extra={"site": site.code})
        _keep(run, site, entry.remote_id, order=order, error=f"{type(error).__name__}: {error}")
        return "failed"
    OrderComparison.objects.create(
        run=run.run,
        order=order,
        remote_id=clean_text(entry.remote_id, 100),
        number=clean_text(entry.number, 100),
        raw_hash=hash_of_raw(entry),
        differs=order is None or bool(difference),
        outcome=preview.outcome,
        content=clean_json(
            {"difference": asdict(difference), "preview": preview.as_json(), "is_new": order is None}
        ),
    )
    return "unchanged" if order is not None and not difference else "updated"


def _keep(
    run: RunReporter,
    site: Site,
    remote_id: str,
    *,
    error: str,
    order: Order | None = None,
    difference: Difference | None = None,
) -> None:
    order = order or stored_order(site, remote_id)
    OrderComparison.objects.create(
        run=run.run,
        order=order,
        remote_id=clean_text(remote_id, 100),
        number=order.number if order else "",
        content=clean_json({"difference": asdict(difference)} if difference else {}),
        error=clean_text(error),
    )
    run.note(f"{remote_id}: {error}", level="warning", subject=order)


def stored_order(site: Site, remote_id: str) -> Order | None:
    found: Order | None = Order.objects.filter(site=site, remote_id=clean_text(remote_id, 100)).first()
    return found


def difference_of(order: Order, remote: RemoteOrder) -> Difference:
    """What a stored order and the shop's version do not have in common."""
    newer = Order(site_id=order.site_id, remote_id=order.remote_id)
    write_header(newer, remote, source=order.source, raw_hash="")
    found = Difference()
    for name in FIELDS:
        old, new = _shown(order, name), _shown(newer, name)
        if old != new:
            found.fields.append({"name": name, "old": old, "new": new})
    for address in ADDRESSES:
        old_parts, new_parts = getattr(order, address) or {}, getattr(newer, address) or {}
        for part in ADDRESS_PARTS:
            old, new = str(old_parts.get(part, "")), str(new_parts.get(part, ""))
            if old != new:
                found.fields.append({"name": f"{address}.{part}", "old": old, "new": new})
    found.rows = [
        *_lines(order, remote),
        *_charges(order, remote),
        *_discounts(order, remote),
        *_payments(order, remote),
    ]
    return found


def _shown(order: Order, name: str) -> str:
    value = getattr(order, name)
    return _plain(value) if isinstance(value, Decimal) else str(value)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"


Rows = Sequence[tuple[str, str, dict[str, str]]]


def _changes(kind: str, old: Rows, new: Rows) -> list[dict[str, Any]]:
    """Rows (key, label, figures) paired by key; several of one key in their order."""
    before, after = _numbered(old), _numbered(new)
    found = []
    for key in dict.fromkeys([*before, *after]):
        earlier, later = before.get(key), after.get(key)
        if earlier is None and later is not None:
            found.append({"kind": kind, "change": "added", "label": later[0], "old": {}, "new": later[1]})
        elif later is None and earlier is not None:
            found.append(
                {"kind": kind, "change": "removed", "label": earlier[0], "old": earlier[1], "new": {}}
            )
        elif earlier is not None and later is not None and earlier[1] != later[1]:
            found.append(
                {"kind": kind, "change": "changed", "label": later[0], "old": earlier[1], "new": later[1]}
            )
    return found


def _numbered(rows: Rows) -> dict[tuple[str, int], tuple[str, dict[str, str]]]:
    found: dict[tuple[str, int], tuple[str, dict[str, str]]] = {}
    for key, label, figures in rows:
        count = sum(known == key for known, _number in found)
        found[key, count] = (label, figures)
    return found


def _line_key(line: Any) -> str:
    return clean_text(line.remote_id or f"{line.sku}/{line.variant_id or line.product_id}", 100)


def _line_row(line: Any) -> tuple[str, str, dict[str, str]]:
    label = f"{clean_text(line.sku, 255)} {clean_text(line.name)[:80]}".strip()
    figures = {
        "quantity": _plain(line.quantity),
        "discount": _plain(line.subtotal_net - line.net),
        "net": _plain(line.net),
        "tax": _plain(line.tax),
    }
    return _line_key(line), label, figures


def _lines(order: Order, remote: RemoteOrder) -> list[dict[str, Any]]:
    return _changes(
        "line", [_line_row(row) for row in order.lines.all()], [_line_row(row) for row in remote.lines]
    )


def _kind(row: Any) -> str:
    """Of a stored row (text) or one of the shop (a member)."""
    return str(getattr(row.kind, "value", row.kind))


def _amount_row(row: Any, label: str) -> tuple[str, str, dict[str, str]]:
    return (
        f"{_kind(row)}:{clean_text(row.code, 200)}",
        label,
        {"net": _plain(row.net), "tax": _plain(row.tax)},
    )


def _charges(order: Order, remote: RemoteOrder) -> list[dict[str, Any]]:
    old = [_amount_row(row, row.title or row.code) for row in order.charges.all()]
    return _changes("charge", old, [_amount_row(row, row.title or row.code) for row in remote.charges])


def _discounts(order: Order, remote: RemoteOrder) -> list[dict[str, Any]]:
    old = [_amount_row(row, row.code) for row in order.discounts.all()]
    return _changes("discount", old, [_amount_row(row, row.code) for row in remote.discounts])


def _payment_row(row: Any) -> tuple[str, str, dict[str, str]]:
    figures = {"amount": _plain(row.amount), "paid": "yes" if row.is_paid else "no"}
    return f"{_kind(row)}:{clean_text(row.code, 200)}", row.title or row.code, figures


def _payments(order: Order, remote: RemoteOrder) -> list[dict[str, Any]]:
    return _changes(
        "payment",
        [_payment_row(row) for row in order.payments.all()],
        [_payment_row(row) for row in remote.payments],
    )
