"""Creating and changing articles: files of ImportProducts, one per set of fields, followed to their end.

An import is an upsert by PartNo and Code, so that a repetition after a lost answer makes nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import MissingMapping
from platforms.batching import push_in_batches
from platforms.norce.client import NorceClient
from platforms.norce.files import FullFileGuard, header
from platforms.norce.jobs import JobDesk, Kind
from platforms.norce.lookups import Lookups
from platforms.norce.product_items import Item, family_of, items_of, whole_items
from platforms.norce.product_reader import ProductReader
from platforms.norce.quantities import QuantityPusher
from platforms.norce.rows import accepted, refused_by_job, rejected
from platforms.types import ProductSheet, PushResult, QuantityUpdate

LANE = "products"
_NO_PICTURES = "Pictures without a public address were left out: Norce fetches pictures from their address."


class ProductPusher:
    def __init__(
        self,
        client: NorceClient,
        reader: ProductReader,
        lookups: Lookups,
        jobs: JobDesk,
        quantities: QuantityPusher,
        guard: FullFileGuard,
    ) -> None:
        self._client = client
        self._reader = reader
        self._lookups = lookups
        self._jobs = jobs
        self._quantities = quantities
        self._guard = guard

    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """Look what is there, then one job per set of fields; quantities of new articles follow as one more."""
        results, wanted, existing = self._sorted(sheets)
        items = items_of(wanted, existing, self._client.options, self._price_list(wanted, existing))
        for shape in dict.fromkeys(item.shape for item in items):
            for key, answer in self._send([i for i in items if i.shape == shape]).items():
                results[key] = _both(results[key], answer) if key in results else answer
        self._first_quantities(wanted, existing, results)
        return [results[sheet.key] for sheet in sheets]

    def push_all(self, sheets: Sequence[ProductSheet], *, complete: bool) -> list[PushResult]:
        """One full file, never in halves: every article that it does not name is switched off.

        Of a file one set of fields is read, so it is the one that all of its rows fill; the rest goes out as changes.
        Parents of families have no row of their own: their variants name them.
        """
        self._guard.check(Kind.PRODUCTS, len(sheets), complete=complete)
        rows = [sheet for sheet in sheets if sheet.kind != "variable"]
        nameless = [sheet for sheet in rows if not (sheet.remote_id or sheet.sku)]
        self._guard.check_rows([_nameless(sheet) for sheet in nameless])
        # Told as old: what only new articles take would be read of every row of this one file.
        everything = {sheet.remote_id or sheet.sku for sheet in rows}
        items = whole_items(items_of(rows, everything, self._client.options, ""))
        results = _by_sheet(items, self._file(items, full=True)) if items else {}
        self._guard.sent(Kind.PRODUCTS, len(sheets))
        self._jobs.discard_failures(Kind.PRODUCTS)
        return [results.get(sheet.key) or accepted(sheet.key, sheet.remote_id) for sheet in sheets]

    # -- before -------------------------------------------------------------
    def _sorted(
        self, sheets: Sequence[ProductSheet]
    ) -> tuple[dict[str, PushResult], list[ProductSheet], set[str]]:
        """(what cannot be sent, what can, the numbers that Norce has)."""
        names = [sheet.remote_id or sheet.sku for sheet in sheets]
        existing = {found.remote_id for found in self._reader.find(names)} if names else set()
        results: dict[str, PushResult] = {}
        wanted: list[ProductSheet] = []
        for sheet in sheets:
            name = sheet.remote_id or sheet.sku
            if not name:
                results[sheet.key] = _nameless(sheet)
            elif name not in existing and not sheet.allow_create:
                results[sheet.key] = rejected(
                    sheet.key,
                    sheet.remote_id,
                    "not_linked",
                    f"Norce has no article '{name}', and articles are not to be created.",
                    "Create it in Norce and link it, or allow the creation of products on the site.",
                )
            elif sheet.kind == "variant" and not family_of(sheet):
                results[sheet.key] = rejected(
                    sheet.key,
                    sheet.remote_id,
                    "no_parent",
                    "The variant has no parent with a number.",
                    "Send the parent first.",
                )
            else:
                wanted.append(sheet)
        return results, wanted, existing

    def _price_list(self, sheets: Sequence[ProductSheet], existing: set[str]) -> str:
        """Where the first price of a new article goes; none where no list is chosen."""
        if all(not sheet.price or (sheet.remote_id or sheet.sku) in existing for sheet in sheets):
            return ""
        try:
            return self._lookups.price_list(self._client.options.price_list_code, lane=LANE).code
        except MissingMapping:
            return ""

    # -- sending ------------------------------------------------------------
    def _send(self, items: Sequence[Item]) -> dict[str, PushResult]:
        most = self._client.options.file_rows
        answers = push_in_batches(
            [items[start : start + most] for start in range(0, len(items), most)],
            lambda part: self._file(part, full=False),
            lambda item: item.sheets[0].key,
        )
        return _by_sheet(items, answers)

    def _file(self, items: Sequence[Item], *, full: bool) -> list[PushResult]:
        """One file, whose rows fill the same fields."""
        told = header(self._client, None, dict(items[0].shape), full=full)
        bodies: list[Mapping[str, Any]] = [item.body for item in items]
        job = self._jobs.run(Kind.PRODUCTS, bodies, told, lane=LANE)
        return [
            refused_by_job(item.sheets[0].key, "", job.number, job.refused[place])
            if place in job.refused
            else accepted(item.sheets[0].key, "", warning=job.warnings.get(place, ""))
            for place, item in enumerate(items)
        ]

    def _first_quantities(
        self, sheets: Sequence[ProductSheet], existing: set[str], results: dict[str, PushResult]
    ) -> None:
        updates = [
            QuantityUpdate(sheet.key, sheet.sku, sheet.quantity)
            for sheet in sheets
            if sheet.quantity is not None
            and sheet.kind != "variable"
            and (sheet.remote_id or sheet.sku) not in existing
            and results[sheet.key].is_ok
        ]
        if not updates:
            return
        for answer in self._quantities.push(updates):
            if not answer.is_ok:
                told = f"The article was created, its quantity was not taken: {answer.message}"
                results[answer.key] = replace(results[answer.key], warning=told)


def _told(sheet: ProductSheet, answer: PushResult) -> PushResult:
    warning = answer.warning
    images = {image.content_hash: image.content_hash[:40] for image in sheet.images or () if image.url}
    if sheet.images and len(images) < len({image.content_hash for image in sheet.images}):
        warning = " ".join(filter(None, (warning, _NO_PICTURES)))
    return replace(
        answer,
        key=sheet.key,
        remote_id=(sheet.remote_id or sheet.sku) if answer.is_ok else sheet.remote_id,
        parent_remote_id=family_of(sheet) if sheet.kind == "variant" else "",
        warning=warning,
        data={"images": images} if images and answer.is_ok else {},
    )


def _both(first: PushResult, second: PushResult) -> PushResult:
    """Of a sheet that went out in two files: the failure, if there is one, and all warnings."""
    kept = second if first.is_ok and not second.is_ok else first
    return replace(kept, warning=" ".join(dict.fromkeys(filter(None, (first.warning, second.warning)))))


def _by_sheet(items: Sequence[Item], answers: Sequence[PushResult]) -> dict[str, PushResult]:
    return {
        sheet.key: _told(sheet, answer)
        for item, answer in zip(items, answers, strict=True)
        for sheet in item.sheets
    }


def _nameless(sheet: ProductSheet) -> PushResult:
    return rejected(
        sheet.key,
        "",
        "no_sku",
        "The item has no number, and PartNo is what Norce goes by.",
        "Give the item a code in the ERP.",
    )
