"""Customers of the ERP go to a shop: in bulk, those that it does not know as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activity.services import RunReporter
from ecomsync.common.errors import ConfigurationError, RetryableError, ShopUnavailable, StillAtWork
from erp.models import Customer, ExternalReference
from linking.models import SentCustomer
from linking.services.customer_sheets import CustomerEntry, customers_for, entries_of, keep_looked_at
from platforms.base import PlatformAdapter
from platforms.types import Outcome, PushResult
from sites.models import Site
from sites.services.adapters import open_adapter
from sync_queues.services.writer_turn import as_only_writer, until_settled

PAGE = 500


def send_customers(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """'Send Customers': each customer whose sheet differs from what the shop took last. Refused ones are told one by one
    and tried again with the next run.

    params["changed"]: look only at those that changed since they were looked at (a refused one is then left alone until
    somebody changes it). params["force"]: send also what the shop should have already. found = created + updated +
    unchanged + failed + skipped (dry run).
    """
    if not site.send_customers:
        raise ConfigurationError(
            f"'send customers' is switched off on site {site.code}.",
            code="configuration",
            site=site.code,
            cure="Switch it on in the capabilities of the site, then start the action again.",
        )
    SentCustomer.objects.filter(site=site, customer__erased_at__isnull=False).delete()
    customers = customers_for(site, changed=bool(params.get("changed"))).order_by("pk")
    after, done = int(run.resumed_from.get("after", 0)), int(run.resumed_from.get("done", 0))
    total = done + customers.filter(pk__gt=after).count()
    waiting: list[CustomerEntry] = []
    while True:
        run.check_cancelled()
        ids = list(customers.filter(pk__gt=after).values_list("pk", flat=True)[:PAGE])
        known: list[CustomerEntry] = []
        for entry in entries_of(site, ids):
            (known if entry.is_known and not params.get("force") else waiting).append(entry)
        run.found(len(known))
        run.unchanged(len(known))
        keep_looked_at(site, [(entry, entry.fingerprint) for entry in known])
        done += len(ids)
        after = ids[-1] if ids else after
        if waiting and (not ids or len(waiting) >= site.capabilities.customer_batch):
            _send(run, site, waiting)
            waiting = []
        run.progress(done, max(total, done))
        if not waiting:
            run.checkpoint(after=after, done=done)
        if not ids:
            return


def _send(run: RunReporter, site: Site, entries: Sequence[CustomerEntry]) -> None:
    run.found(len(entries))
    if site.dry_run:
        run.skipped(len(entries))
        for entry in entries:
            run.note(f"Dry run: would send customer {entry.sheet.code}.", subject=entry.customer)
        return
    with as_only_writer(run, site), open_adapter(site, lane="products", run=run.run) as adapter:
        answers = _answers(run, adapter, entries)
    taken: list[tuple[CustomerEntry, str]] = []
    for entry in entries:
        answer = answers[entry.sheet.key]
        if answer.is_ok:
            run.count("created" if entry.is_new else "updated")
            taken.append((entry, entry.fingerprint))
            if answer.warning:
                run.note(f"{entry.sheet.code}: {answer.warning}", level="warning", subject=entry.customer)
            continue
        told = " ".join(part for part in (answer.message, answer.cure) if part)
        run.failed(1, f"{entry.sheet.code}: {told}", subject=entry.customer, code=answer.code)
        if answer.outcome == Outcome.REJECTED:
            taken.append((entry, ""))
    keep_looked_at(site, taken)
    _link(site, [(entry, answers[entry.sheet.key]) for entry, fingerprint in taken if fingerprint])


def _answers(
    run: RunReporter, adapter: PlatformAdapter, entries: Sequence[CustomerEntry]
) -> dict[str, PushResult]:
    """By the key of the sheet. What the shop is still at work on, or failed at for a while, is asked for again: the same
    rows make the same call, which the adapter then only follows."""
    answers: dict[str, PushResult] = {}
    open_sheets = [entry.sheet for entry in entries]

    def push() -> None:
        nonlocal open_sheets
        answers.update({answer.key: answer for answer in adapter.push_customers(open_sheets)})
        open_sheets = [sheet for sheet in open_sheets if answers[sheet.key].outcome == Outcome.RETRY]
        if open_sheets:
            raise _not_done(answers[open_sheets[0].key])

    try:
        until_settled(run, push)
    except RetryableError:
        if not answers:
            raise
    return answers


def _not_done(answer: PushResult) -> RetryableError:
    kind = StillAtWork if answer.code == StillAtWork.default_code else ShopUnavailable
    return kind(answer.message, code=answer.code, retry_after=answer.retry_after)


def _link(site: Site, answered: Sequence[tuple[CustomerEntry, PushResult]]) -> None:
    """Orders of these buyers will name the ids that the shop gave; one that leads to another customer stays there."""
    ExternalReference.objects.bulk_create(
        [
            ExternalReference(
                model_label=Customer._meta.label_lower,
                object_id=entry.customer.pk,
                system=site.code,
                external_id=answer.remote_id,
            )
            for entry, answer in answered
            if answer.remote_id and answer.remote_id != entry.sheet.remote_id
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
