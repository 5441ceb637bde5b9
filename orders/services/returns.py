"""Returns and refunds of the shop: kept, then handled by the site's policy."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from activity.services import record_event, report_error, resolve_errors
from ecomsync.common.errors import ConfigurationError, EcomsyncError, PermanentError
from ecomsync.common.logs import current_trace_id, ensure_trace
from ecomsync.common.money import ZERO
from ecomsync.common.remedies import remedy_for
from linking.selectors import RemoteKey
from orders.models import Order, OrderDocument, ReturnOrder, ReturnOrderLine
from orders.reasons import HoldCode, settings_link
from orders.services import outbox
from orders.services.context import ImportContext
from orders.services.holds import next_wait
from orders.services.intake import clean_json, clean_text
from orders.services.return_documents import ReturnDocuments, make_return_documents
from orders.states import ImportOutcome, ReturnState
from platforms.types import RemoteReturn
from sites.choices import ReturnPolicy
from sites.models import Site


def import_return(
    *, site: Site, remote: RemoteReturn, context: ImportContext | None = None, force: bool = False
) -> ImportOutcome:
    """Take over one return. Idempotent and locked on (site, remote id); a return is posted once.

    Outcomes: created (kept for the first time, with or without documents), updated, unchanged, held.
    force: try a staged or held one again.
    """
    context = context or ImportContext(site)
    with ensure_trace(), transaction.atomic():
        row, is_new = _locked(site, remote)
        if row.state == ReturnState.POSTED or not (is_new or force or row.state == ReturnState.HELD):
            return ImportOutcome.UNCHANGED
        was = row.state
        _write(row, remote, context, is_new=is_new)
        _apply_policy(row, context, post=force)
        row.save()
        if row.state == ReturnState.HELD:
            return (
                ImportOutcome.UNCHANGED
                if not is_new and was == ReturnState.HELD and not force
                else ImportOutcome.HELD
            )
        _note(row)
        return ImportOutcome.CREATED if is_new else ImportOutcome.UPDATED


def import_returns(
    *,
    site: Site,
    remotes: Iterable[RemoteReturn],
    order_remote_id: str = "",
    context: ImportContext | None = None,
) -> dict[str, ImportOutcome]:
    """Several returns, each on its own; a refused one is held and never stops the rest. remote id -> outcome.

    order_remote_id: the order they were asked for; returns of other orders among them are left out.
    """
    context = context or ImportContext(site)
    return {
        remote.remote_id: import_return(site=site, remote=remote, context=context)
        for remote in remotes
        if order_remote_id in ("", remote.order_remote_id)
    }


def post_return(*, return_order: ReturnOrder, policy: str = ReturnPolicy.CREDIT_NOTE) -> ReturnOrder:
    """Staff decide over a staged or held return: make its documents now."""
    with ensure_trace(), transaction.atomic():
        row = (
            ReturnOrder.objects.select_for_update(of=("self",))
            .select_related("site", "order")
            .get(pk=return_order.pk)
        )
        if row.state != ReturnState.POSTED:
            chosen = policy if policy == ReturnPolicy.RETURN_ORDER else ReturnPolicy.CREDIT_NOTE
            _post(row, ImportContext(row.site), chosen)
            row.save()
            _note(row)
    return row


def ignore_return(*, return_order: ReturnOrder) -> bool:
    """Staff decide that a return makes no documents. False when it is posted already."""
    with transaction.atomic():
        row = (
            ReturnOrder.objects.select_for_update(of=("self",)).select_related("site").get(pk=return_order.pk)
        )
        if row.state == ReturnState.POSTED:
            return False
        row.state, row.hold_code, row.hold_message = ReturnState.IGNORED, "", ""
        row.hold_subject, row.heal_at = "", None
        row.save(
            update_fields=["state", "hold_code", "hold_subject", "hold_message", "heal_at", "updated_at"]
        )
        resolve_errors(site_code=row.site.code, subject=row)
    return True


def _locked(site: Site, remote: RemoteReturn) -> tuple[ReturnOrder, bool]:
    key = clean_text(remote.remote_id, 100)
    ReturnOrder.objects.bulk_create([ReturnOrder(site=site, remote_id=key)], ignore_conflicts=True)
    row = ReturnOrder.objects.select_for_update().get(site=site, remote_id=key)
    row.site = site
    return row, not row.order_remote_id


def _write(row: ReturnOrder, remote: RemoteReturn, context: ImportContext, *, is_new: bool) -> None:
    row.order_remote_id = clean_text(remote.order_remote_id, 100)
    row.order = Order.objects.filter(site=context.site, remote_id=row.order_remote_id).first()
    row.number = clean_text(remote.number, 100)
    row.created_remote = remote.created_at
    row.currency = remote.currency[:3].upper()
    row.total = remote.total
    row.reason = clean_text(remote.reason)
    row.restock = remote.restock
    row.raw = clean_json(dict(remote.raw))
    row.trace_id = current_trace_id()[:64]
    if not is_new:
        row.lines.all().delete()
    items = _items(row, remote, context)
    ReturnOrderLine.objects.bulk_create(
        ReturnOrderLine(
            return_order=row,
            line_no=index,
            kind=line.kind,
            order_line_id=clean_text(line.order_line_id, 100),
            sku=clean_text(line.sku, 255),
            name=clean_text(line.name),
            item_id=items.get(index),
            quantity=line.quantity,
            net=line.net,
            tax=line.tax,
        )
        for index, line in enumerate(remote.lines, start=1)
    )


def _items(row: ReturnOrder, remote: RemoteReturn, context: ImportContext) -> dict[int, int]:
    """Line number -> item: that of the order's line, else what the linker knows under the SKU."""
    sold: dict[str, int | None] = {}
    if row.order is not None:
        sold = dict(row.order.lines.values_list("remote_id", "item_id"))
    goods = {index: line for index, line in enumerate(remote.lines, start=1) if line.kind == "line"}
    keys = {
        index: RemoteKey(line.sku, line.product_id, line.variant_id)
        for index, line in goods.items()
        if sold.get(line.order_line_id) is None
    }
    linked = context.linked_keys(keys.values())
    found: dict[int, int] = {}
    for index, line in goods.items():
        item = sold.get(line.order_line_id)
        link = linked.get(keys[index]) if index in keys else None
        if item is not None:
            found[index] = item
        elif link is not None:
            found[index] = link.item.pk
    return found


def _apply_policy(row: ReturnOrder, context: ImportContext, *, post: bool) -> None:
    policy = context.site.return_policy
    if policy == ReturnPolicy.IGNORE:
        row.state = ReturnState.IGNORED
    elif policy == ReturnPolicy.STAGE and not post:
        row.state = ReturnState.STAGED
    elif policy == ReturnPolicy.STAGE:
        _post(row, context, ReturnPolicy.CREDIT_NOTE)
    else:
        _post(row, context, policy)


def _post(row: ReturnOrder, context: ImportContext, policy: str) -> None:
    """Make the documents in a savepoint; a refusal holds the return with its reason."""
    try:
        with transaction.atomic(), outbox.collecting() as changes:
            _refuse_unready(row)
            made = make_return_documents(row=row, context=context, policy=policy)
    except (PermanentError, ConfigurationError) as error:
        _hold(row, error)
        return
    row.state, row.hold_code, row.hold_message = ReturnState.POSTED, "", ""
    row.hold_subject, row.heal_at = "", None
    row.sales_return, row.credit_note = made.sales_return, made.credit_note
    row.posted_at = timezone.now()
    resolve_errors(site_code=context.site.code, subject=row)
    if row.order is not None:
        _link_documents(row.order, made)
        row.order.site = context.site
        outbox.enqueue_changes(order=row.order, changes=changes, context=context)


def _refuse_unready(row: ReturnOrder) -> None:
    order = row.order
    if order is None or order.sales_order is None:
        raise PermanentError(
            f"Order {row.order_remote_id} of this return is not in the ERP.",
            code=HoldCode.RETURN_WITHOUT_ORDER,
        )
    others = ReturnOrder.objects.filter(order=order, state=ReturnState.POSTED).exclude(pk=row.pk)
    before = sum(others.values_list("total", flat=True), ZERO)
    if before + row.total > order.sales_order.grand_total:
        raise PermanentError(
            f"{row.total} refunded now and {before} before are more than the order's {order.sales_order.grand_total}.",
            code=HoldCode.REFUND_EXCEEDS_ORDER,
        )


def _hold(row: ReturnOrder, error: EcomsyncError) -> None:
    row.state = ReturnState.HELD
    row.hold_subject = clean_text(error.item, 255)
    row.heal_at = timezone.now() + next_wait(row.heal_attempts)
    row.heal_attempts += 1
    if (row.hold_code, row.hold_message) == (error.code[:60], str(error)):
        return
    row.hold_code, row.hold_message = error.code[:60], str(error)
    report_error(
        site_code=row.site.code,
        error=error,
        cure=error.cure or str(remedy_for(error.code).cure),
        subject=row,
        link=settings_link(error.code, site_id=row.site_id, subject=error.item),
    )


def _link_documents(order: Order, made: ReturnDocuments) -> None:
    OrderDocument.objects.bulk_create(
        [
            OrderDocument(
                order=order,
                document_type=kind,
                object_id=document.pk,
                number=str(getattr(document, "number", ""))[:60],
            )
            for kind, document in made.pairs()
        ],
        ignore_conflicts=True,
    )


def _note(row: ReturnOrder) -> None:
    record_event(
        kind=f"return.{row.state}",
        site_code=row.site.code,
        subject=row.order or row,
        message=f"{row} {row.total} {row.currency}",
        payload={"return": row.pk, "reason": row.reason[:500]},
        level="warning" if row.state == ReturnState.HELD else "info",
    )
