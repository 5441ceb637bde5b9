"""Returns and refunds of the shop: kept, then handled by the site's policy."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from activity.services import record_event, report_error, resolve_errors
from catalog.services.requests import gathering_requests
from ecomsync.common.errors import ConfigurationError, EcomsyncError, PermanentError
from ecomsync.common.logs import current_trace_id, ensure_trace
from ecomsync.common.remedies import remedy_for
from erp.models.columns import plain
from orders.models import Order, OrderDocument, ReturnOrder
from orders.reasons import HoldCode, settings_link
from orders.services import outbox
from orders.services.announced_returns import settle_announced
from orders.services.context import ImportContext
from orders.services.exchanges import make_exchange
from orders.services.holds import next_wait
from orders.services.intake import clean_text
from orders.services.own_refunds import adopt_own_refund
from orders.services.return_documents import ReturnDocuments, ReturnProofFailed, make_return_documents
from orders.services.return_intake import documents_hash, lock_return, mirror, refresh_items, text_of
from orders.services.return_plan import ReturnChoices, wants_historic_orders
from orders.states import ImportOutcome, ReturnState
from platforms.types import RemoteReturn
from sites.choices import ExchangePolicy, ReturnPolicy
from sites.models import Site

NO_CHOICES = ReturnChoices()


def import_return(
    *, site: Site, remote: RemoteReturn, context: ImportContext | None = None, retry: bool = False
) -> ImportOutcome:
    """Take over one return. Idempotent and locked on (site, remote id); a return is posted once.

    Outcomes: created (kept for the first time, with or without documents), updated, unchanged, held.
    One that we made ourselves is recognised and makes no documents. A posted one that changed is flagged.
    retry: by the site's present policy also one that was staged or ignored.
    """
    context = context or ImportContext(site)
    with ensure_trace(), transaction.atomic(), gathering_requests():
        row, is_new = _locked(site, remote)
        if remote.our_key and is_new and adopt_own_refund(row, remote, context):
            return ImportOutcome.CREATED
        if remote.settles and row.state != ReturnState.POSTED:
            settled = _settle(row, remote, context, is_new=is_new)
            if settled is not None:
                return settled
        changed = not is_new and row.content_hash != documents_hash(remote)
        if row.state == ReturnState.POSTED:
            return _follow_posted(row, remote, changed=changed)
        back = row.state == ReturnState.WITHDRAWN
        if not (is_new or retry or changed or back or row.state == ReturnState.HELD):
            return ImportOutcome.UNCHANGED
        return _take(row, remote, context, is_new=is_new, changed=changed or back, retry=retry)


def _settle(
    row: ReturnOrder, remote: RemoteReturn, context: ImportContext, *, is_new: bool
) -> ImportOutcome | None:
    """A refund of a return that has documents already; None when it has none, and the refund makes its own."""
    try:
        with transaction.atomic():
            done = settle_announced(row, remote, context, is_new=is_new)
    except (PermanentError, ConfigurationError) as error:
        row.receipts.clear()
        row.sales_return = row.credit_note = row.posted_at = None
        mirror(row, remote, context, is_new=is_new)
        hold(row, error)
        row.save()
        return ImportOutcome.HELD
    if not done:
        return None
    clear_hold(row)
    row.save()
    resolve_errors(site_code=context.site.code, subject=row)
    return ImportOutcome.CREATED if is_new else ImportOutcome.UPDATED


def _take(
    row: ReturnOrder,
    remote: RemoteReturn,
    context: ImportContext,
    *,
    is_new: bool,
    changed: bool,
    retry: bool,
) -> ImportOutcome:
    was, reason = row.state, (row.hold_code, row.hold_message)
    mirror(row, remote, context, is_new=is_new)
    # What staff set aside stays aside, whatever the shop changes.
    if was != ReturnState.IGNORED or is_new or retry:
        _apply_policy(row, context)
    row.save()
    if row.state == ReturnState.HELD:
        same = was == ReturnState.HELD and reason == (row.hold_code, row.hold_message)
        return ImportOutcome.UNCHANGED if same and not (is_new or retry or changed) else ImportOutcome.HELD
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


def post_return(
    *,
    return_order: ReturnOrder,
    policy: str = "",
    choices: ReturnChoices = NO_CHOICES,
    context: ImportContext | None = None,
) -> ReturnOrder:
    """Make the documents of a staged or held return now, by staff's choice or because its cause is gone.

    policy: credit note or sales return; empty means the site's, a credit note where that makes nothing by itself.
    """
    with ensure_trace(), transaction.atomic(), gathering_requests():
        row = lock_return(return_order)
        if row.state not in (ReturnState.POSTED, ReturnState.WITHDRAWN):
            wanted = policy or row.site.return_policy
            chosen = wanted if wanted == ReturnPolicy.RETURN_ORDER else ReturnPolicy.CREDIT_NOTE
            was = (row.state, row.hold_code, row.hold_message)
            row.order = _order_of(row)
            _post(row, context or ImportContext(row.site), chosen, choices)
            row.save()
            if was != (row.state, row.hold_code, row.hold_message):
                _note(row)
    return row


def retry_return(*, return_order: ReturnOrder, context: ImportContext | None = None) -> ReturnOrder:
    """Try a held return again by the site's present policy, from what we keep of it; no call to the shop is made."""
    with ensure_trace(), transaction.atomic(), gathering_requests():
        row = lock_return(return_order)
        if row.state == ReturnState.HELD:
            context = context or ImportContext(row.site)
            row.order = _order_of(row)
            refresh_items(row, context)
            _apply_policy(row, context)
            row.save()
            if row.state != ReturnState.HELD:
                _note(row)
    return row


def ignore_return(*, return_order: ReturnOrder) -> bool:
    """Staff decide that a return makes no documents. False when it is posted already."""
    with transaction.atomic():
        row = lock_return(return_order)
        if row.state == ReturnState.POSTED:
            return False
        row.state = ReturnState.IGNORED
        clear_hold(row)
        row.save()
        resolve_errors(site_code=row.site.code, subject=row)
        _note(row)
    return True


def accept_posted(*, return_order: ReturnOrder) -> bool:
    """Staff accept that a posted return differs from the shop: the flag goes, the documents stand."""
    with transaction.atomic():
        row = lock_return(return_order)
        if row.state != ReturnState.POSTED or not row.hold_code:
            return False
        record_event(
            kind="return.reviewed", site_code=row.site.code, subject=row.order or row, message=row.hold_code
        )
        clear_hold(row)
        row.save()
        resolve_errors(site_code=row.site.code, subject=row)
    return True


def _locked(site: Site, remote: RemoteReturn) -> tuple[ReturnOrder, bool]:
    key = clean_text(remote.remote_id, 100)
    ReturnOrder.objects.bulk_create([ReturnOrder(site=site, remote_id=key)], ignore_conflicts=True)
    row = ReturnOrder.objects.select_for_update().get(site=site, remote_id=key)
    row.site = site
    return row, not row.order_remote_id


def _order_of(row: ReturnOrder) -> Order | None:
    if row.order is not None:
        return row.order
    found = Order.objects.filter(site=row.site, remote_id=row.order_remote_id)
    return found.select_related("sales_order").first()


def _follow_posted(row: ReturnOrder, remote: RemoteReturn, *, changed: bool) -> ImportOutcome:
    """What was posted is never rewritten: a change of amounts is flagged, words are taken over."""
    reason = clean_text(remote.reason)
    if not row.content_hash and changed:  # kept before hashes were
        row.content_hash, changed = documents_hash(remote), False
        row.save(update_fields=["content_hash", "updated_at"])
    is_back = row.withdrawn_at is not None
    if not (changed or is_back) and reason == row.reason:
        return ImportOutcome.UNCHANGED
    if is_back:
        _note_back(row)
    row.reason = reason
    if changed:
        row.content_hash = documents_hash(remote)
        flag(
            row,
            HoldCode.RETURN_CHANGED,
            f"Posted with {plain(row.total)}; the shop has {text_of(remote)} now.",
        )
    row.save()
    return ImportOutcome.UPDATED


def _note_back(row: ReturnOrder) -> None:
    """The shop names it again: the documents are right after all."""
    row.withdrawn_at = None
    if row.hold_code == HoldCode.RETURN_WITHDRAWN:
        clear_hold(row)
        resolve_errors(site_code=row.site.code, code=HoldCode.RETURN_WITHDRAWN, subject=row)


def _apply_policy(row: ReturnOrder, context: ImportContext) -> None:
    site = context.site
    staged = (
        site.return_policy == ReturnPolicy.STAGE
        # nobody is credited for goods that the shop itself has not given anything for
        or (row.announced and site.return_policy == ReturnPolicy.CREDIT_NOTE)
        or (bool(row.exchange_for) and site.exchange_policy == ExchangePolicy.STAGE)
    )
    if site.return_policy == ReturnPolicy.IGNORE:
        row.state = ReturnState.IGNORED
    elif staged:
        row.state = ReturnState.STAGED
    elif site.return_policy == ReturnPolicy.RETURN_ORDER:
        _post(row, context, ReturnPolicy.RETURN_ORDER, NO_CHOICES)
    else:
        _post(row, context, ReturnPolicy.CREDIT_NOTE, NO_CHOICES)
    if row.state != ReturnState.HELD and (row.hold_code or row.heal_at):
        clear_hold(row)
        resolve_errors(site_code=site.code, subject=row)


def _post(row: ReturnOrder, context: ImportContext, policy: str, choices: ReturnChoices) -> None:
    """Make the documents in a savepoint; a refusal holds the return with its reason."""
    try:
        with transaction.atomic(), outbox.collecting() as changes:
            made = make_return_documents(row=row, context=context, policy=policy, choices=choices)
            if row.exchange_for and context.site.exchange_policy == ExchangePolicy.ORDER:
                row.exchange_order = make_exchange(row=row, context=context)
    except (PermanentError, ConfigurationError) as error:
        row.sales_return = row.exchange_order = None
        row.proof = [entry.as_json() for entry in error.rows] if isinstance(error, ReturnProofFailed) else []
        row.proof_ok = False if row.proof else None
        hold(row, error)
        return
    _keep(row, made)
    resolve_errors(site_code=context.site.code, subject=row)
    if row.order is not None:
        _link_documents(row.order, made, row)
        row.order.site = context.site
        outbox.enqueue_changes(order=row.order, changes=changes, context=context)


def _keep(row: ReturnOrder, made: ReturnDocuments) -> None:
    row.state = ReturnState.POSTED
    clear_hold(row)
    row.sales_return = made.sales_return
    row.credit_note = made.credit_notes[0] if made.credit_notes else None
    row.proof = [entry.as_json() for entry in made.proof]
    row.proof_ok = True if made.proof else None
    row.posted_at = timezone.now()
    row.receipts.set(made.receipts)


def hold(row: ReturnOrder, error: EcomsyncError) -> None:
    """Wait with a reason; it goes again when the cause is gone, and from time to time. The caller saves the row."""
    row.state = ReturnState.HELD
    fetches = error.code == HoldCode.RETURN_WITHOUT_ORDER and wants_historic_orders(row.site)
    at_once = fetches and not row.heal_attempts
    row.heal_at = timezone.now() + (timedelta(0) if at_once else next_wait(row.heal_attempts))
    row.heal_attempts += 1
    row.hold_subject = clean_text(error.item, 255)
    if (row.hold_code, row.hold_message) == (error.code[:60], str(error)):
        return
    if row.hold_code and row.hold_code != error.code[:60]:
        resolve_errors(site_code=row.site.code, code=row.hold_code, subject=row)
    row.hold_code, row.hold_message = error.code[:60], str(error)
    report_error(
        site_code=row.site.code,
        error=error,
        cure=error.cure or str(remedy_for(error.code).cure),
        subject=row,
        link=settings_link(error.code, site_id=row.site_id, subject=error.item),
    )


def clear_hold(row: ReturnOrder) -> None:
    """Nothing holds it any more. The caller saves the row."""
    row.hold_code = row.hold_subject = row.hold_message = ""
    row.heal_at, row.heal_attempts = None, 0


def flag(row: ReturnOrder, code: str, message: str) -> None:
    """Documents stand, and the shop says something else: staff decide. The caller saves the row."""
    row.hold_code, row.hold_message = code[:60], message
    report_error(
        site_code=row.site.code,
        code=code,
        message=message,
        cure=str(remedy_for(code).cure),
        subject=row,
        link=settings_link(code, site_id=row.site_id),
    )
    record_event(
        kind=f"return.{code.removeprefix('return_')}",
        site_code=row.site.code,
        subject=row.order or row,
        message=f"{row}: {message}",
        level="warning",
    )


def _link_documents(order: Order, made: ReturnDocuments, row: ReturnOrder) -> None:
    pairs = made.pairs()
    if row.exchange_order is not None:
        pairs.append(("sales_order", row.exchange_order))
    OrderDocument.objects.bulk_create(
        [
            OrderDocument(
                order=order,
                document_type=kind,
                object_id=document.pk,
                number=str(getattr(document, "number", ""))[:60],
            )
            for kind, document in pairs
        ],
        ignore_conflicts=True,
    )


def _note(row: ReturnOrder) -> None:
    record_event(
        kind=f"return.{row.state}",
        site_code=row.site.code,
        subject=row.order or row,
        message=f"{row} {plain(row.total)} {row.currency}",
        payload={"return": row.pk, "reason": row.reason[:500], "trace": current_trace_id()[:64]},
        level="warning" if row.state == ReturnState.HELD else "info",
    )
