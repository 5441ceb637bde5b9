"""Compare the catalogue of a shop with the ERP: products, stock and prices; list what is missing, extra or different."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from activity.models import Difference
from activity.services import RunReporter
from activity.services.differences import (
    Found,
    Key,
    close_unseen,
    open_of_run,
    record_differences,
    repair_rows,
    told,
)
from ecomsync.common.errors import InvalidPayload
from erp.models import Item
from linking.comparers import (
    ComparedPage,
    Comparison,
    Pair,
    SalesInFlight,
    load_comparers,
    load_wanted_items,
    remote_id_of,
)
from linking.models import ItemLinkerLine, LinkState
from linking.selectors import linked_lines
from platforms.base import PlatformAdapter
from platforms.types import RemoteProduct
from sites.models import Site
from sites.services.adapters import open_adapter
from sites.services.reconcile_alarm import judge_comparison
from sync_queues.selectors import items_on_their_way

PAGE = 200
MAX_NOTED = 200
KINDS = (Difference.Kind.PRODUCT, Difference.Kind.STOCK, Difference.Kind.PRICE)
Problem, State = Difference.Problem, Difference.State


def reconcile(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """Read the whole catalogue of the shop page by page; statements grow with the pages only, memory not at all.

    What was seen is stamped on its link line, so that lines without the stamp are the missing ones. A run that is
    killed begins again, or goes on where it looked for what is missing; nothing is counted or listed twice.
    params["repair"]: what differs or is missing is repaired at once; products that only the shop has are listed.
    """
    place = run.resumed_from
    with open_adapter(site, lane="products", run=run.run) as adapter:
        work = _Work(run, site, adapter, repair=bool(params.get("repair")))
        if not place:
            place = {"stage": "lines", "began": work.read_catalogue().isoformat(), "after": 0}
            run.checkpoint(**place)
        if place["stage"] == "lines":
            work.look_for_missing(datetime.fromisoformat(place["began"]), int(place["after"]))
            place = {"stage": "items", "after": 0}
            run.checkpoint(**place)
        work.look_for_items(int(place["after"]))
    closed = close_unseen(run=run.run, kinds=KINDS)
    for name, number in closed.items():
        run.count(f"differences_{name}", number)
    run.count("differences_open", judge_comparison(run=run, site=site))


@dataclass
class _Work:
    run: RunReporter
    site: Site
    adapter: PlatformAdapter
    repair: bool
    seen: int = 0
    noted: int = 0
    in_flight: SalesInFlight = field(init=False)

    def __post_init__(self) -> None:
        self.in_flight = SalesInFlight(self.site, self.adapter)
        self.comparers = load_comparers()

    def read_catalogue(self) -> datetime:
        """Compare what the shop lists. Returns the moment before which no line was stamped."""
        began = read_at = timezone.now()
        for page, next_read in _pages(self.adapter.iter_products()):
            self.run.check_cancelled()
            self._compare(page, read_at)
            read_at = next_read
            self.seen += len(page)
            self.run.progress(self.seen)
        if not self.seen and linked_lines(site=self.site).exists():
            raise InvalidPayload(
                f"The shop {self.site.code} lists no product at all, while items are linked with it.",
                site=self.site.code,
                cure="Check in the shop whether the API user may read products; nothing was changed here.",
            )
        return began

    def look_for_missing(self, began: datetime, after: int) -> None:
        """Linked lines that the shop has not listed, in pages that can be taken up again."""
        while page := list(_unstamped(self.site, began).filter(pk__gt=after).order_by("pk")[:PAGE]):
            self.run.check_cancelled()
            self._missing(page)
            after = page[-1].pk
            self.run.checkpoint(stage="lines", began=began.isoformat(), after=after)

    def look_for_items(self, after: int) -> None:
        """Items that the shop should have and that are linked with nothing."""
        wanted = load_wanted_items()
        while (page := wanted(site=self.site, after=after, limit=PAGE)).last is not None:
            self.run.check_cancelled()
            compared = Comparison()
            moving = items_on_their_way("item", site=self.site, item_ids=[item.pk for item in page.items])
            for item in page.items:
                entry = _unlinked(item)
                if item.pk in moving:
                    compared.waiting.add((entry.kind, entry.key))
                else:
                    compared.found.append(entry)
            self._count([_item_key(item) for item in page.items], compared)
            after = page.last
            self.run.checkpoint(stage="items", after=after)

    # -- what the shop lists ------------------------------------------------------
    def _compare(self, page: Sequence[RemoteProduct], read_at: datetime) -> None:
        lines = _lines_of(self.site, page)
        pairs, compared, quiet = [], Comparison(), 0
        for key, product in {_key_of(product): product for product in page}.items():
            line = lines.get(key)
            if line is not None and line.is_linked and line.active:
                pairs.append(Pair(line, product))
            elif _is_extra(line, product):
                compared.found.append(_extra(product, line))
            else:
                quiet += 1
        seen = [line.pk for key, line in lines.items()]
        ItemLinkerLine.objects.filter(pk__in=seen).update(last_seen_at=timezone.now())
        told_page = ComparedPage(self.site, self.adapter, pairs, read_at, self.in_flight)
        for compare in self.comparers if pairs else ():
            compared.add(compare(told_page))
        ids = [pair.line.remote_id for pair in pairs]
        ids += [entry.key for entry in compared.found if entry.problem == Problem.EXTRA]
        self._count(ids, compared)
        self.run.found(quiet)
        self.run.unchanged(quiet)

    # -- what it does not list ----------------------------------------------------
    def _missing(self, page: Sequence[ItemLinkerLine]) -> None:
        """Asked for once more by SKU, since a listing whose pages move may leave a product out."""
        skus = [line.remote_sku for line in page if line.remote_sku]
        there = {product.remote_id for product in self.adapter.find_products(skus)} if skus else set()
        items = [line.item_id for line in page if line.item_id is not None]
        moving = items_on_their_way("item", site=self.site, item_ids=items)
        compared = Comparison()
        for line in page:
            entry = Found(
                Difference.Kind.PRODUCT,
                Problem.MISSING,
                line.remote_id,
                erp_value=line.item.code if line.item else "",
                subject=line,
            )
            if line.remote_id in there:
                continue
            if line.item_id in moving:
                compared.waiting.add((entry.kind, entry.key))
            else:
                compared.found.append(entry)
        present = [line.pk for line in page if line.remote_id in there]
        if present:
            ItemLinkerLine.objects.filter(pk__in=present).update(last_seen_at=timezone.now())
        self._count([line.remote_id for line in page], compared)

    # -- both -----------------------------------------------------------------------
    def _count(self, remote_ids: Sequence[str], compared: Comparison) -> None:
        """Write down what differs; each product counts once: updated (repaired), held, skipped or unchanged."""
        states = record_differences(run=self.run.run, found=compared.found, waiting=compared.waiting)
        repaired = self._repair(states, compared.found)
        by_product: dict[str, set[str]] = {}
        for key, state in states.items():
            shown = "repaired" if key in repaired else state
            by_product.setdefault(remote_id_of(key[1]), set()).add(shown)
        waiting = {remote_id_of(key) for _kind, key in compared.waiting}
        for remote_id in remote_ids:
            found = by_product.get(remote_id, set())
            if found & {State.OPEN.value, State.ASKED.value}:
                outcome = "held"
            elif "repaired" in found:
                outcome = "updated"
            else:
                outcome = "skipped" if found or remote_id in waiting else "unchanged"
            self.run.found()
            self.run.count(outcome)
        self.run.count("differences_waiting", len(compared.waiting))
        for entry in compared.found:
            self._note(entry, states, repaired)

    def _repair(self, states: dict[Key, str], found: Sequence[Found]) -> set[Key]:
        """The keys whose repair is done or on its way."""
        extra = {(entry.kind, entry.key) for entry in found if entry.problem == Problem.EXTRA}
        keys = [key for key, state in states.items() if state == State.OPEN and key not in extra]
        if not self.repair or not keys:
            return set()
        rows = open_of_run(self.run.run, keys)
        results = repair_rows(run=self.run, rows=rows)
        return {
            (row.kind, row.key) for row in rows if row.pk in results and results[row.pk].state != State.OPEN
        }

    def _note(self, entry: Found, states: dict[Key, str], repaired: set[Key]) -> None:
        """The report names the first ones; the list of differences has them all."""
        key = (str(entry.kind), entry.key)
        if states.get(key) == State.IGNORED:
            return
        self.noted += 1
        if self.noted > MAX_NOTED:
            self.run.count("notes_left_out", 1)
            return
        done = key in repaired
        self.run.note(told(entry), level="info" if done else "warning", subject=entry.subject)


def _pages(products: Iterable[RemoteProduct]) -> Iterator[tuple[list[RemoteProduct], datetime]]:
    """Pages, each with a moment at which nothing of the next one had been read yet.

    The adapter reads ahead, so products of a page may come from a call that was made for the one before.
    """
    stream = iter(products)
    began = timezone.now()
    while page := list(islice(stream, PAGE)):
        yield page, began
        began = timezone.now()


def _key_of(product: RemoteProduct) -> tuple[str, str]:
    if product.parent_remote_id:
        return product.parent_remote_id, product.remote_id
    return product.remote_id, ""


def _lines_of(site: Site, page: Sequence[RemoteProduct]) -> dict[tuple[str, str], ItemLinkerLine]:
    keys = {_key_of(product) for product in page}
    rows = ItemLinkerLine.objects.filter(site=site, remote_product_id__in={key[0] for key in keys})
    found = {(line.remote_product_id, line.remote_variant_id): line for line in rows.select_related("item")}
    return {key: line for key, line in found.items() if key in keys}


def _unstamped(site: Site, began: datetime) -> QuerySet[ItemLinkerLine]:
    """Linked lines that were there when the comparison began and were not seen since."""
    unseen = Q(last_seen_at=None) | Q(last_seen_at__lt=began)
    return linked_lines(site=site).filter(unseen, created_at__lt=began).select_related("item")


def _is_extra(line: ItemLinkerLine | None, product: RemoteProduct) -> bool:
    """Only the shop sells it. What staff have set aside (inactive) is no difference."""
    return product.is_sellable and (line is None or line.active)


def _extra(product: RemoteProduct, line: ItemLinkerLine | None) -> Found:
    label = f"{product.sku or product.remote_id} · {product.name}"
    known = line.state if line is not None and line.state != LinkState.REMOTE_MISSING else ""
    return Found(
        Difference.Kind.PRODUCT,
        Problem.EXTRA,
        product.remote_id,
        shop_value=product.sku or product.remote_id,
        erp_value=known,
        subject=line if line is not None else ("", "", label),
    )


def _item_key(item: Item) -> str:
    """No product of the shop has such an id."""
    return f"item:{item.pk}"


def _unlinked(item: Item) -> Found:
    return Found(Difference.Kind.PRODUCT, Problem.MISSING, _item_key(item), erp_value=item.code, subject=item)
