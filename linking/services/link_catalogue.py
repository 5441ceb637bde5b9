"""'Link Items': read the whole catalogue of a shop and match it with the items of the ERP."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from activity.services.runs import RunReporter
from ecomsync.common.errors import InvalidPayload
from ecomsync.common.sql import update_each
from linking.models import ItemLinker, ItemLinkerLine, LinkState, MatchSource
from linking.services.announce import announce_linked
from linking.services.decide import Decision, decide, is_settled
from linking.services.linkers import linker_for
from linking.services.matching import Match, Matcher
from platforms.base import PlatformAdapter
from platforms.types import RemoteProduct
from sites.models import Site
from sites.services.adapters import open_adapter

logger = logging.getLogger(__name__)

PAGE = 500
MAX_NOTED = 200
#: What a run may change on a line that is there already.
_FACTS = (
    "linker_id", "item_id", "unit_id", "attribute_values", "remote_sku", "remote_name", "remote_barcode",
    "remote_inventory_id", "parent_remote_id", "remote_kind", "match_source", "state", "candidates",
)  # fmt: skip
#: Forgotten when a product turns out to be another item: the shop has the figures of the former one.
_UNSENT: dict[str, Any] = {
    "last_sent_quantity": None, "last_sent_places": "", "last_sent_quantity_at": None, "last_quantity_version": 0,
    "last_sent_price": None, "last_sent_special": None, "last_sent_price_at": None, "last_price_version": 0, "last_sent_hash": "",
    "last_sent_hash_at": None,
}  # fmt: skip


@dataclass
class LinkReport:
    """found = created + updated + unchanged + held; the states count all lines seen."""

    found: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    held: int = 0
    remote_missing: int = 0
    states: dict[str, int] = field(default_factory=dict)


def link_site(*, site: Site, reporter: RunReporter) -> LinkReport:
    """Match every product and variant of the shop; may be repeated at any time, and then changes nothing.

    The catalogue is read to its end before anything is written, so that a product is called missing only when the
    shop has really listed all others. Statements grow with the pages, not with the lines.
    """
    started = timezone.now()
    with open_adapter(site, lane="products", run=reporter.run) as adapter:
        products = _read(adapter, reporter)
    linkers = list(ItemLinker.objects.filter(site=site, active=True).order_by("id")) or [linker_for(site)]
    lines = {
        line.remote_id: line for line in ItemLinkerLine.objects.filter(site=site).iterator(chunk_size=2000)
    }
    if not products and any(line.state == LinkState.LINKED for line in lines.values()):
        raise InvalidPayload(
            f"The shop {site.code} lists no product at all, while items are linked with it.",
            site=site.code,
            cure="Check in the shop whether the API user may read products; nothing was changed here.",
        )
    decisions = _decisions(linkers, products, lines, reporter)
    report = LinkReport(found=len(products))
    pages = [products[start : start + PAGE] for start in range(0, len(products), PAGE)]
    _release(lines, decisions)
    for number, page in enumerate(pages):
        reporter.check_cancelled()
        _write_page(site, linkers[0], page, decisions, lines, report, reporter, started)
        reporter.progress(min((number + 1) * PAGE, len(products)), len(products))
    report.remote_missing = _mark_missing(site, lines, {product.remote_id for product in products}, started)
    reporter.count("remote_missing", report.remote_missing)
    for state, count in report.states.items():
        reporter.count(f"state_{state}", count)
    ItemLinker.objects.filter(pk__in=[linker.pk for linker in linkers]).update(last_run=reporter.run)
    return report


def _read(adapter: PlatformAdapter, reporter: RunReporter) -> list[RemoteProduct]:
    """The whole catalogue without its raw payloads; a product that two pages list counts once."""
    found: dict[str, RemoteProduct] = {}
    for number, product in enumerate(adapter.iter_products(), start=1):
        found[product.remote_id] = replace(product, raw={})
        if number % PAGE == 0:
            reporter.check_cancelled()
            reporter.progress(0, len(found))
    reporter.found(len(found))
    return list(found.values())


def _decisions(
    linkers: Sequence[ItemLinker],
    products: Sequence[RemoteProduct],
    lines: Mapping[str, ItemLinkerLine],
    reporter: RunReporter,
) -> dict[str, Decision]:
    matcher = Matcher(linkers, {product.remote_id: product for product in products})
    matches: dict[str, list[Match]] = {}
    for start in range(0, len(products), PAGE):
        matches |= matcher.match(products[start : start + PAGE])
        reporter.check_cancelled()
    decisions = decide(products, matches, lines)
    open_ones = [
        product
        for product in products
        if decisions[product.remote_id].state == LinkState.ITEM_MISSING
        and not is_settled(lines.get(product.remote_id))
    ]
    for start in range(0, len(open_ones), PAGE):
        for remote_id, rows in matcher.candidates(open_ones[start : start + PAGE]).items():
            decisions[remote_id] = Decision(LinkState.CANDIDATE, candidates=rows)
    return decisions


def _release(lines: Mapping[str, ItemLinkerLine], decisions: Mapping[str, Decision]) -> None:
    """Items that move to another product are free before they arrive there; one statement per page."""
    leaving = [
        line.pk
        for remote_id, line in lines.items()
        if line.state == LinkState.LINKED
        and remote_id in decisions
        and (decisions[remote_id].item_id, decisions[remote_id].unit_id) != (line.item_id, line.unit_id)
    ]
    for start in range(0, len(leaving), PAGE):
        ItemLinkerLine.objects.filter(pk__in=leaving[start : start + PAGE]).update(
            state=LinkState.CANDIDATE, **_UNSENT
        )


def _write_page(
    site: Site,
    first: ItemLinker,
    page: Sequence[RemoteProduct],
    decisions: Mapping[str, Decision],
    lines: Mapping[str, ItemLinkerLine],
    report: LinkReport,
    reporter: RunReporter,
    now: datetime,
) -> None:
    """Insert what is new, update what differs, touch the rest: at most three statements and one transaction."""
    fresh: list[ItemLinkerLine] = []
    changed: list[dict[str, Any]] = []
    seen: list[int] = []
    linked: list[RemoteProduct] = []
    counted: Counter[str] = Counter()
    for product in page:
        decision, line = decisions[product.remote_id], lines.get(product.remote_id)
        wanted = _columns(product, decision, line, first)
        report.states[decision.state] = report.states.get(decision.state, 0) + 1
        differs = line is None or any(getattr(line, name) != wanted[name] for name in _FACTS)
        if line is None:
            fresh.append(_new_line(site, product, wanted, now))
        else:
            seen.append(line.pk)
            if differs:
                changed.append({"id": line.pk, **wanted, "updated_at": now})
        if decision.state == LinkState.LINKED and (
            line is None or not line.is_linked or line.item_id != decision.item_id
        ):
            linked.append(product)
        counted[_outcome(decision, is_new=line is None, differs=differs)] += 1
        if (
            decision.state in (LinkState.CONFLICT, LinkState.CANDIDATE)
            and report.held + counted["held"] <= MAX_NOTED
        ):
            _note(reporter, product, decision)
    with transaction.atomic():
        ItemLinkerLine.objects.bulk_create(fresh, ignore_conflicts=True)
        update_each(ItemLinkerLine, changed)
        ItemLinkerLine.objects.filter(pk__in=seen).update(last_seen_at=now)
        announce_linked(
            site_id=site.pk,
            item_ids=[
                item for product in linked if (item := decisions[product.remote_id].item_id) is not None
            ],
            skus=[product.sku for product in linked],
        )
    for outcome, count in counted.items():
        reporter.count(outcome, count)
        setattr(report, outcome, getattr(report, outcome) + count)


def _columns(
    product: RemoteProduct, decision: Decision, line: ItemLinkerLine | None, first: ItemLinker
) -> dict[str, Any]:
    own = line.linker_id if line is not None else first.pk
    return {
        "linker_id": own if decision.linker_id is None or is_settled(line) else decision.linker_id,
        "item_id": decision.item_id,
        "unit_id": decision.unit_id,
        "attribute_values": dict(product.attributes),
        "remote_sku": product.sku[:200],
        "remote_name": product.name[:500],
        "remote_barcode": product.barcode[:100],
        "remote_inventory_id": product.inventory_id,
        "parent_remote_id": product.parent_remote_id,
        "remote_kind": product.kind[:20],
        "match_source": line.match_source if line is not None else MatchSource.AUTO.value,
        "state": str(decision.state),
        "candidates": decision.candidates,
    }


def _new_line(site: Site, product: RemoteProduct, wanted: Mapping[str, Any], now: datetime) -> ItemLinkerLine:
    variant = bool(product.parent_remote_id)
    return ItemLinkerLine(
        site=site,
        remote_product_id=product.parent_remote_id if variant else product.remote_id,
        remote_variant_id=product.remote_id if variant else "",
        last_seen_at=now,
        **wanted,
    )


def _outcome(decision: Decision, *, is_new: bool, differs: bool) -> str:
    """Where a product stands in the balance of the run."""
    if decision.state in (LinkState.CONFLICT, LinkState.CANDIDATE):
        return "held"
    if is_new:
        return "created"
    return "updated" if differs else "unchanged"


def _note(reporter: RunReporter, product: RemoteProduct, decision: Decision) -> None:
    why = ", ".join(sorted({str(row.get("reason", "")) for row in decision.candidates}))
    reporter.note(
        f"{product.sku or product.remote_id}: {decision.state} ({why}). Review it in the item linker.",
        level="warning",
        code="link_conflict" if decision.state == LinkState.CONFLICT else "unknown_item",
    )


def _mark_missing(
    site: Site, lines: Mapping[str, ItemLinkerLine], present: Iterable[str], started: datetime
) -> int:
    """Lines whose product the shop no longer lists; those made while we read are younger than our reading."""
    known = set(present)
    gone = [
        line.pk
        for remote_id, line in lines.items()
        if remote_id not in known and line.state != LinkState.REMOTE_MISSING
    ]
    count = 0
    for start in range(0, len(gone), PAGE):
        rows = ItemLinkerLine.objects.filter(pk__in=gone[start : start + PAGE]).exclude(
            last_seen_at__gte=started
        )
        count += rows.update(state=LinkState.REMOTE_MISSING, updated_at=timezone.now())
    return count
