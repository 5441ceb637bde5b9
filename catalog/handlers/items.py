"""Sends product sheets and categories to a shop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.handlers.answers import row_result
from catalog.selectors.admission import admitted, item_condition
from catalog.services.categories import send_categories
from catalog.services.sheet_results import keep_results
from catalog.sheets import BuiltSheet, SheetBuilder, disabling_sheet
from catalog.sheets.sources import Sources, load_sources
from ecomsync.common.errors import ConfigurationError
from linking.models import ItemLinkerLine
from linking.selectors import links_for_items
from platforms.base import PlatformAdapter
from platforms.types import Outcome, ProductSheet, PushResult
from sites.models import Site
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.models import ItemAction, UpdateItemRequest


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """What would be sent for one item, and whether the shop has it already."""

    built: BuiltSheet
    is_known: bool


class ItemHandler:
    """Builds the sheets now, leaves out what the shop has already, and sends the rest in bulk.

    The template of a variant and the parts of a bundle that the shop lacks are sent along. Pictures that the shop has are named by their id.
    """

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None:
        self.site = site
        self.adapter = adapter

    def handle(self, requests: Sequence[UpdateItemRequest]) -> list[RowResult]:
        """One result per request. Raises only what concerns the whole connection."""
        results: dict[int, RowResult] = {}
        by_action: dict[str, list[UpdateItemRequest]] = {}
        for request in requests:
            by_action.setdefault(request.action, []).append(request)
        results.update(self._send_categories(by_action.get(ItemAction.CATEGORY, [])))
        results.update(self._send_items(by_action.get(ItemAction.SEND, [])))
        off = [*by_action.get(ItemAction.DISABLE, []), *by_action.get(ItemAction.DELETE, [])]
        results.update(self._switch_off(off))
        return [results[request.pk] for request in requests]

    # -- sheets -------------------------------------------------------------
    def _send_items(self, requests: Sequence[UpdateItemRequest]) -> dict[int, RowResult]:
        if not requests:
            return {}
        sources = load_sources(
            self.site, {request.item_id for request in requests if request.item_id is not None}
        )
        builder = SheetBuilder(sources, self.adapter.capabilities)
        inside = admitted(item_condition(self.site), sources.items.values())
        results: dict[int, RowResult] = {}
        to_send: dict[int, tuple[UpdateItemRequest, BuiltSheet]] = {}
        for request in requests:
            answer = self._plan_one(request, sources, builder, inside)
            if isinstance(answer, RowResult):
                results[request.pk] = answer
            else:
                to_send[answer.item.pk] = (request, answer)
        if self.site.dry_run:
            return results | {request.pk: _dry_run(request, built) for request, built in to_send.values()}
        built = [entry for _request, entry in to_send.values()]
        parts = self._missing_parts(built, sources, builder, inside)
        answers = self._push([*self._missing_parents([*parts, *built], sources, builder), *parts, *built])
        for item_id, (request, entry) in to_send.items():
            results[request.pk] = self._result(request, entry, answers.get(str(item_id)))
        return results

    def _plan_one(
        self, request: UpdateItemRequest, sources: Sources, builder: SheetBuilder, inside: set[int]
    ) -> BuiltSheet | RowResult:
        item = sources.items.get(request.item_id) if request.item_id is not None else None
        if item is None:
            return RowResult(
                request.pk, RowOutcome.REJECTED, "not_found", "The item does not exist any more."
            )
        if item.pk not in inside:
            message = _("The criteria of the site keep this item out.")
            return RowResult(request.pk, RowOutcome.UNCHANGED, code="not_admitted", message=message)
        try:
            built = builder.build(item)
        except ConfigurationError as error:
            return RowResult(request.pk, RowOutcome.CONFIGURATION, error.code, error.message, error.cure)
        if not request.forced and is_known(built):
            return RowResult(request.pk, RowOutcome.UNCHANGED, message=_("The shop has this sheet already."))
        return built

    def _missing_parents(
        self, built: Sequence[BuiltSheet], sources: Sources, builder: SheetBuilder
    ) -> list[BuiltSheet]:
        """Templates that the shop lacks and nobody asked for."""
        asked = {entry.item.pk for entry in built}
        wanted = {
            entry.item.variant_of_id
            for entry in built
            if entry.item.variant_of_id is not None and entry.item.variant_of_id not in asked
        }
        parents = [
            sources.items[pk] for pk in sorted(wanted) if pk in sources.items and pk not in sources.links
        ]
        return [builder.build(parent) for parent in parents]

    def _missing_parts(
        self, built: Sequence[BuiltSheet], sources: Sources, builder: SheetBuilder, inside: set[int]
    ) -> list[BuiltSheet]:
        """Parts of bundles and groups that the shop lacks and nobody asked for; what the criteria keep out stays out."""
        asked = {entry.item.pk for entry in built}
        wanted = {int(part.key) for entry in built for part in entry.sheet.components or ()} - asked
        return [builder.build(sources.items[pk]) for pk in sorted(wanted & inside) if pk not in sources.links]

    def _push(self, built: Sequence[BuiltSheet]) -> dict[str, PushResult]:
        if not built:
            return {}
        answers = {
            answer.key: answer for answer in self.adapter.push_products([entry.sheet for entry in built])
        }
        keep_results(site=self.site, built=built, answers=answers)
        return answers

    def _result(self, request: UpdateItemRequest, built: BuiltSheet, answer: PushResult | None) -> RowResult:
        if answer is None:
            message = "The adapter gave no answer for this row."
            return RowResult(request.pk, RowOutcome.RETRY, "no_valid_answer", message)
        told = row_result(request.pk, answer)
        notes = " ".join(part for part in (told.message, *built.notes) if part)
        return RowResult(request.pk, told.outcome, told.code, notes, told.cure, retry_after=told.retry_after)

    # -- switching off ------------------------------------------------------
    def _switch_off(self, requests: Sequence[UpdateItemRequest]) -> dict[int, RowResult]:
        links = links_for_items(
            site=self.site, item_ids={request.item_id for request in requests if request.item_id is not None}
        )
        results: dict[int, RowResult] = {}
        sheets: dict[str, tuple[UpdateItemRequest, ItemLinkerLine, ProductSheet]] = {}
        for request in requests:
            link = links.get(request.item_id) if request.item_id is not None else None
            if link is None:
                message = _("The shop does not have this product.")
                results[request.pk] = RowResult(request.pk, RowOutcome.UNCHANGED, message=message)
            else:
                key = str(request.pk)
                sheets[key] = (request, link, disabling_sheet(link, key, self.adapter.capabilities))
        if self.site.dry_run:
            message = _("Dry run: would switch the product off.")
            return results | {
                row.pk: RowResult(row.pk, RowOutcome.DONE, "dry_run", message)
                for row, _link, _sheet in sheets.values()
            }
        answers = (
            self.adapter.push_products([sheet for _row, _link, sheet in sheets.values()]) if sheets else []
        )
        for answer in answers:
            results[sheets[answer.key][0].pk] = row_result(sheets[answer.key][0].pk, answer)
        _forget(link for key, (_row, link, _sheet) in sheets.items() if _accepted(answers, key))
        return results

    # -- categories ---------------------------------------------------------
    def _send_categories(self, requests: Sequence[UpdateItemRequest]) -> dict[int, RowResult]:
        if not requests:
            return {}
        ids = {request.subject_id for request in requests if request.subject_id is not None}
        answers = send_categories(site=self.site, adapter=self.adapter, category_ids=ids)
        gone = PushResult("", Outcome.REJECTED, "not_found", "The category does not exist any more.")
        return {
            request.pk: row_result(request.pk, answers.get(request.subject_id or 0, gone))
            for request in requests
        }


def is_known(built: BuiltSheet) -> bool:
    """Whether the shop has accepted this very sheet last."""
    return built.link is not None and built.link.last_sent_hash == built.fingerprint


def _accepted(answers: Iterable[PushResult], key: str) -> bool:
    return any(answer.key == key and answer.is_ok for answer in answers)


def _forget(links: Iterable[ItemLinkerLine]) -> None:
    """A product that is off no longer shows its sheet: switched on again it is sent anew."""
    ids = [link.pk for link in links]
    if ids:
        ItemLinkerLine.objects.filter(pk__in=ids).update(last_sent_hash="")


def _dry_run(request: UpdateItemRequest, built: BuiltSheet) -> RowResult:
    verb = _("update") if built.link is not None else _("create")
    message = _("Dry run: would %(verb)s %(sku)s.") % {"verb": verb, "sku": built.sheet.sku}
    return RowResult(request.pk, RowOutcome.DONE, code="dry_run", message=message)
