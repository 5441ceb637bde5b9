"""Approved documents take effect: prices of the ERP, and requests to the shops. Then their lines follow these."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from erp.inputs import ItemPriceInput
from erp.models import ItemPrice
from erp.services.prices import set_item_prices, set_sales_prices
from linking.selectors import linked_lines
from pricing.models import (
    FINISHED,
    DocState,
    LineStatus,
    PriceClassification,
    PriceUpdaterDoc,
    PriceUpdaterLine,
)
from pricing.services.documents import User, lock_document, move, wrong_state
from pricing.services.targets import Target, TargetKey, targets_of
from pricing.sheets import Sheet
from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.models import PROBLEM_STATES, State, UpdatePriceRequest
from sync_queues.services.enqueue import enqueue
from sync_queues.services.manage import retry_selected

CHUNK = 500
NO_SHOP = _("Written to the ERP; no shop of the document has the item or shows this price list.")
#: How long a partly failed document still follows its requests, which staff may retry.
FOLLOW_FAILED = timedelta(days=30)


@transaction.atomic
def process(*, document: PriceUpdaterDoc, user: User = None) -> PriceUpdaterDoc:
    """Approved → processing: writes the prices to the ERP and asks the shops' queues, all or nothing.

    A document that is not effective yet is refused; `apply_due_documents` processes it when its time has come.
    """
    locked = lock_document(document)
    if locked.state != DocState.APPROVED:
        raise wrong_state(locked, "Only an approved document can be processed.")
    if locked.effective_from is not None and locked.effective_from > timezone.now():
        raise wrong_state(locked, f"It takes effect at {locked.effective_from:%Y-%m-%d %H:%M} UTC.")
    lines = list(locked.details.select_related("item").order_by("pk"))
    _write_erp(locked, lines)
    asked = _ask_shops(locked, lines)
    for line in lines:
        line.status = LineStatus.QUEUED if line.pk in asked else LineStatus.SKIPPED
        line.error = ""
        line.remote_answer = "" if line.pk in asked else NO_SHOP
    PriceUpdaterLine.objects.bulk_update(lines, ["status", "error", "remote_answer"], batch_size=200)
    move(locked, DocState.PROCESSING, user=user, processed_at=None)
    _settle(locked)
    return locked


def _write_erp(document: PriceUpdaterDoc, lines: Sequence[PriceUpdaterLine]) -> None:
    if document.price_list is None:
        set_sales_prices(prices={line.item_id: line.new_price for line in lines})
        return
    customer = document.customer if document.price_classification == PriceClassification.CUSTOMER else None
    present = {
        (row.item_id, row.min_quantity): row
        for row in ItemPrice.objects.filter(
            price_list=document.price_list,
            item_id__in=[line.item_id for line in lines],
            customer=customer,
            unit=None,
            valid_from=None,
        )
    }
    set_item_prices(
        price_list=document.price_list,
        prices=[
            _price_input(document, line, present.get((line.item_id, line.min_quantity))) for line in lines
        ],
    )


def _price_input(
    document: PriceUpdaterDoc, line: PriceUpdaterLine, present: ItemPrice | None
) -> ItemPriceInput:
    """The line's price; a promotion that the list has and the line does not name stays."""
    keeps = line.special_price is None and present is not None
    return ItemPriceInput(
        item=line.item,
        price=line.new_price,
        min_quantity=line.min_quantity,
        special_price=present.special_price if keeps and present else line.special_price,
        special_price_from=present.special_price_from if keeps and present else line.special_from,
        special_price_to=present.special_price_to if keeps and present else _special_to(document, line),
        customer=document.customer if document.price_classification == PriceClassification.CUSTOMER else None,
        valid_to=present.valid_to if present else None,
    )


def _special_to(document: PriceUpdaterDoc, line: PriceUpdaterLine) -> datetime | None:
    return None if line.special_price is None else (line.special_to or document.effective_to)


def _ask_shops(document: PriceUpdaterDoc, lines: Sequence[PriceUpdaterLine]) -> set[int]:
    """Requests with the prices of the document; returns the lines that some shop is asked for."""
    asked: set[int] = set()
    for target in targets_of(document):
        wanted = [line for line in lines if target.takes(line)]
        linked = _linked(target.site, sorted({line.item_id for line in wanted}))
        asked_for = [line for line in wanted if line.item_id in linked]
        rows = [
            RequestInput(
                item_id=line.item_id,
                price_list_id=target.price_list_id,
                min_quantity=target.quantity_of(line),
                price=line.new_price,
                sheet=_sheet(document, line).as_json(),
            )
            for line in asked_for
        ]
        enqueue("price", site=target.site, rows=rows, document=document)
        asked |= {line.pk for line in asked_for}
    return asked


def _linked(site: Site, item_ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(item_ids), CHUNK):
        rows = linked_lines(site=site).filter(item_id__in=item_ids[start : start + CHUNK])
        found |= set(rows.values_list("item_id", flat=True))
    return found


def _sheet(document: PriceUpdaterDoc, line: PriceUpdaterLine) -> Sheet:
    return Sheet(
        price=line.new_price,
        special=line.special_price,
        special_from=line.special_from,
        special_to=_special_to(document, line),
        currency=line.currency or document.currency,
        prices_include_tax=document.prices_include_tax,
        rate=document.exchange_rate,
        confirmed=line.confirmed,
    )


def retry_failed(*, document: PriceUpdaterDoc, user: User = None) -> int:
    """Send again what the shops refused or could not take; the lines follow. Returns the number of requests."""
    rows = UpdatePriceRequest.objects.filter(
        document_type=PriceUpdaterDoc._meta.label_lower, document_id=document.pk, state__in=PROBLEM_STATES
    )
    return retry_selected("price", rows.values_list("pk", flat=True), user=user).reopened


@transaction.atomic
def follow(*, document: PriceUpdaterDoc) -> PriceUpdaterDoc:
    """Bring the lines up to what became of their requests, and close the document when all are known.

    A request that was deleted, or that a newer one has replaced, is looked for too: no line waits for ever.
    """
    locked = lock_document(document)
    if locked.state not in (DocState.PROCESSING, DocState.PARTLY_FAILED):
        return locked
    waiting = locked.details.filter(Q(status=LineStatus.QUEUED) | Q(status=LineStatus.FAILED))
    lines = list(waiting.order_by("pk"))
    targets = targets_of(locked)
    changed = []
    for start in range(0, len(lines), CHUNK):
        part = lines[start : start + CHUNK]
        newest = _newest_requests(locked, targets, [line.item_id for line in part])
        for line in part:
            keys = [target.key_of(line) for target in targets if target.takes(line)]
            if _follow_line(line, [newest[key] for key in keys if key in newest]):
                changed.append(line)
    PriceUpdaterLine.objects.bulk_update(
        changed, ["status", "error", "remote_answer", "sent_at"], batch_size=200
    )
    _settle(locked)
    return locked


def _newest_requests(
    document: PriceUpdaterDoc, targets: Sequence[Target], item_ids: Sequence[int]
) -> dict[TargetKey, UpdatePriceRequest]:
    """The newest request of each figure since the document was approved."""
    rows = UpdatePriceRequest.objects.filter(
        site__in={target.site.pk for target in targets}, item_id__in=item_ids
    ).exclude(state=State.SUPERSEDED)
    since = document.approved_at
    if since is not None:
        rows = rows.filter(
            Q(updated_at__gte=since) | Q(document_id=document.pk, document_type=document._meta.label_lower)
        )
    return {
        (row.site_id, row.item_id, row.price_list_id, row.min_quantity): row
        for row in rows.order_by("version", "pk")
        if row.item_id is not None
    }


def _follow_line(line: PriceUpdaterLine, requests: Sequence[UpdatePriceRequest]) -> bool:
    """True when the line changed."""
    before = (line.status, line.error, line.remote_answer)
    states = {request.state for request in requests}
    if not requests:
        line.status, line.error = LineStatus.FAILED, "The request was deleted before the price was sent."
    elif states & {State.FAILED, State.DEAD}:
        failed = next(request for request in requests if request.state in (State.FAILED, State.DEAD))
        line.status = LineStatus.FAILED
        line.error = f"{failed.error_message} {failed.remedy}".strip()
    elif states <= {State.COMPLETED}:
        sent = [request for request in requests if request.price_sent is not None]
        line.status, line.error = (LineStatus.SENT if sent else LineStatus.UNCHANGED), ""
        line.sent_at = max(
            (request.completed_at for request in requests if request.completed_at), default=None
        )
    else:
        line.status, line.error = LineStatus.QUEUED, ""
    line.remote_answer = " ".join(dict.fromkeys(request.outcome for request in requests if request.outcome))
    return before != (line.status, line.error, line.remote_answer)


def _settle(document: PriceUpdaterDoc) -> None:
    """Nothing is waiting: processed, or partly failed. A failed line that is retried opens the document again."""
    statuses = set(document.details.values_list("status", flat=True).distinct())
    if not statuses <= set(FINISHED):
        if document.state == DocState.PARTLY_FAILED:
            move(document, DocState.PROCESSING)
        return
    target = DocState.PARTLY_FAILED if LineStatus.FAILED in statuses else DocState.PROCESSED
    if document.state != target:
        move(document, target, processed_at=timezone.now())
