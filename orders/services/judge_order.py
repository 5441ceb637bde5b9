"""What differs between an order of the shop and what we hold of it, documents included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from activity.models import Difference
from activity.services.differences import Found
from ecomsync.common.money import ZERO
from erp.models import SalesInvoice
from erp.models.billing import InvoiceKind
from erp.states import InvoiceState
from orders.models import Order, ReturnOrder
from orders.services.admission import admit
from orders.services.context import ImportContext
from orders.states import OrderState
from platforms.types import OrderPhase, RemoteOrder

Aspect, Kind, Problem = Difference.Aspect, Difference.Kind, Difference.Problem
#: What follows the shop's id in keys: one order may differ in several things.
SUFFIXES = ("", "|total", "|status", "|refunds", "|documents", "|invoices")


def keys_of(remote_id: str) -> list[str]:
    """All keys that differences of this order may have."""
    return [f"{remote_id}{suffix}" for suffix in SUFFIXES]


@dataclass(slots=True)
class Held:
    """What we hold of a batch of orders, read in four statements."""

    orders: dict[str, Order] = field(default_factory=dict)
    returns: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    invoiced: dict[int, Decimal] = field(default_factory=dict)


def read_held(context: ImportContext, remote_ids: Sequence[str]) -> Held:
    """Our orders without their payloads, the returns we know, and what was invoiced less what was credited."""
    held = Held()
    rows = Order.objects.filter(site=context.site, remote_id__in=remote_ids)
    for row in rows.select_related("sales_order").defer("raw"):
        row.site = context.site
        held.orders[row.remote_id] = row
    known = ReturnOrder.objects.filter(site=context.site, order_remote_id__in=remote_ids)
    for order_id, remote_id in known.values_list("order_remote_id", "remote_id"):
        held.returns[order_id].add(remote_id)
    documents = [row.sales_order_id for row in held.orders.values() if row.sales_order_id is not None]
    invoices = SalesInvoice.objects.filter(order_id__in=documents).exclude(
        state__in=(InvoiceState.DRAFT, InvoiceState.CANCELLED)
    )
    sums = invoices.order_by().values_list("order_id", "kind").annotate(total=Sum("grand_total"))
    for order_id, kind, total in sums:
        amount = total if kind == InvoiceKind.INVOICE else -total
        if order_id is not None:
            held.invoiced[order_id] = held.invoiced.get(order_id, ZERO) + amount
    return held


def judge(remote: RemoteOrder, held: Held, context: ImportContext) -> list[Found]:
    """Empty when all is well. Orders that are not to be imported are not missing."""
    row = held.orders.get(remote.remote_id)
    if row is None or not row.raw_hash:
        if row is not None and row.state == OrderState.CANCELLED:
            return []  # gone once, and never read whole
        if not admit(remote, context).is_import:
            return []
        state, reason = (row.state, row.state_reason) if row is not None else ("", "")
        shop = _total(remote)
        return [_found(remote, row, Problem.MISSING, Aspect.RECORD, "", shop, state, reason)]
    if row.sales_order is None:
        return [*_without_documents(remote, row, context)]
    return [*_header(remote, row, held), *_documents(remote, row, held.invoiced)]


def _without_documents(remote: RemoteOrder, row: Order, context: ImportContext) -> Iterator[Found]:
    """An order that waits here is listed with its reason; one that is left out on purpose is not."""
    if remote.phase is OrderPhase.CANCELLED or not admit(remote, context).is_import:
        if remote.phase.value != row.phase:
            shop, ours = remote.status, row.status_remote
            yield _found(remote, row, Problem.DIFFERENT, Aspect.STATUS, "|status", shop, ours)
        return
    shop, state, reason = _total(remote), row.state, row.state_reason
    yield _found(remote, row, Problem.MISSING, Aspect.DOCUMENTS, "|documents", shop, state, reason)


def _header(remote: RemoteOrder, row: Order, held: Held) -> Iterator[Found]:
    totals = remote.totals
    if (row.grand_total, row.currency) != (totals.grand_total, remote.currency[:3]):
        ours = _amount(row.grand_total, row.currency)
        yield _found(remote, row, Problem.DIFFERENT, Aspect.TOTAL, "|total", _total(remote), ours)
    if (row.phase, row.status_remote) != (remote.phase.value, remote.status[:100]):
        yield _found(
            remote, row, Problem.DIFFERENT, Aspect.STATUS, "|status", remote.status, row.status_remote
        )
    unknown = {entry.remote_id for entry in remote.returns} - held.returns.get(remote.remote_id, set())
    missing = bool(unknown) and row.site.read_returns
    if row.refunded_total != totals.refunded_total or missing:
        shop = _amount(totals.refunded_total, remote.currency)
        ours = _amount(row.refunded_total, row.currency)
        yield _found(remote, row, Problem.DIFFERENT, Aspect.REFUNDS, "|refunds", shop, ours)


def _documents(remote: RemoteOrder, row: Order, invoiced: Mapping[int, Decimal]) -> Iterator[Found]:
    """The sales order says the shop's total; what is invoiced less what is credited is never more."""
    document = row.sales_order
    if document is None or remote.phase is OrderPhase.CANCELLED:
        return
    total = remote.totals.grand_total
    if document.grand_total != total:
        ours = f"{document} {_amount(document.grand_total, document.currency)}"
        yield _found(remote, row, Problem.DIFFERENT, Aspect.DOCUMENTS, "|documents", _total(remote), ours)
    billed = invoiced.get(document.pk, ZERO)
    if billed > total:
        ours = _amount(billed, document.currency)
        yield _found(remote, row, Problem.DIFFERENT, Aspect.DOCUMENTS, "|invoices", _total(remote), ours)


def gone(row: Order) -> Found:
    """An order of ours that the shop does not know any more."""
    ours = _amount(row.grand_total, row.currency)
    return Found(Kind.ORDER, Problem.EXTRA, row.remote_id, Aspect.RECORD, "", ours, subject=row)


def _found(
    remote: RemoteOrder,
    row: Order | None,
    problem: str,
    aspect: str,
    suffix: str,
    shop: str,
    erp: str,
    reason: str = "",
) -> Found:
    """reason: the code that says why the order waits."""
    subject = row if row is not None else ("", "", f"#{remote.number or remote.remote_id}")
    key = f"{remote.remote_id}{suffix}"
    return Found(Kind.ORDER, problem, key, aspect, shop, erp, subject=subject, message=reason)


def _total(remote: RemoteOrder) -> str:
    return _amount(remote.totals.grand_total, remote.currency)


def _amount(amount: Decimal, currency: str) -> str:
    shown = f"{amount:f}"
    if "." in shown:
        whole, _dot, part = shown.partition(".")
        shown = f"{whole}.{part.rstrip('0').ljust(2, '0')}"
    return f"{shown} {currency}".strip()
