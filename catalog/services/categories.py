"""Categories of a shop: sent as a tree, fetched as a tree, filled with products by their rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from catalog.models import CategoryConfig, CategoryText
from catalog.services.requests import request_items
from catalog.sheets.categories import admits
from catalog.sheets.sources import load_sources
from erp.models import Item
from linking.selectors import linked_item_ids
from platforms.base import PlatformAdapter
from platforms.types import CategorySheet, Outcome, PushResult, RemoteCategory
from sites.models import Site


def category_sheets(
    site: Site, *, category_ids: Collection[int] | None = None
) -> list[tuple[CategoryConfig, CategorySheet]]:
    """Sheets of the site's categories, parents first; with ids only these and the parents that the shop lacks."""
    rows = {
        row.pk: row
        for row in CategoryConfig.objects.filter(site=site, active=True)
        .select_related("site")
        .prefetch_related("texts")
    }
    chosen = set(rows) if category_ids is None else _with_new_parents(rows, category_ids)
    language = next(iter(site.languages or ()), "en")
    ordered = sorted((rows[pk] for pk in chosen), key=lambda row: (_depth(row, rows), row.position, row.pk))
    return [(row, _sheet(row, rows, language)) for row in ordered]


def send_categories(
    *, site: Site, adapter: PlatformAdapter, category_ids: Collection[int] | None = None, forced: bool = False
) -> dict[int, PushResult]:
    """Send what the shop does not have as it is now; category id -> answer. With dry run nothing is sent or kept."""
    answers: dict[int, PushResult] = {}
    to_send: list[tuple[CategoryConfig, CategorySheet]] = []
    for row, sheet in category_sheets(site, category_ids=category_ids):
        if row.remote_id and row.content_hash == fingerprint(sheet) and not forced:
            answers[row.pk] = PushResult(sheet.key, Outcome.UNCHANGED, remote_id=row.remote_id)
        else:
            to_send.append((row, sheet))
    if not to_send:
        return answers
    if site.dry_run:
        return answers | {
            row.pk: PushResult(sheet.key, Outcome.OK, "dry_run", f"Dry run: would send {sheet.name}.")
            for row, sheet in to_send
        }
    results = {answer.key: answer for answer in adapter.push_categories([sheet for _row, sheet in to_send])}
    keep_category_results(to_send, results)
    return answers | {row.pk: results[sheet.key] for row, sheet in to_send if sheet.key in results}


def keep_category_results(
    sent: Iterable[tuple[CategoryConfig, CategorySheet]], results: Mapping[str, PushResult]
) -> None:
    """Store ids and fingerprints of what the shop took."""
    now = timezone.now()
    changed = []
    pairs = list(sent)
    ids = {
        row.pk: (results[sheet.key].remote_id or row.remote_id)
        for row, sheet in pairs
        if sheet.key in results
    }
    for row, sheet in pairs:
        answer = results.get(sheet.key)
        if answer is None or not answer.is_ok:
            continue
        row.remote_id = ids[row.pk]
        row.last_sent_at = now
        row.content_hash = fingerprint(sheet)
        changed.append(row)
    CategoryConfig.objects.bulk_update(changed, ["remote_id", "last_sent_at", "content_hash"], batch_size=200)


@dataclass(frozen=True, slots=True)
class FetchReport:
    found: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0


def fetch_categories(*, site: Site, adapter: PlatformAdapter) -> FetchReport:
    """Take the shop's tree over: new categories are made here, known ones get the shop's parent and name."""
    remote = list(adapter.iter_categories())
    created = updated = 0
    with transaction.atomic():
        known = {row.remote_id: row for row in CategoryConfig.objects.filter(site=site).exclude(remote_id="")}
        before = dict(known)
        for entry in remote:
            if entry.remote_id not in known:
                known[entry.remote_id] = _make(site, entry)
                created += 1
        for entry in remote:
            row = known[entry.remote_id]
            parent = known.get(entry.parent_remote_id)
            values = {
                "parent_id": parent.pk if parent else None,
                "name2": entry.name[:255],
                "position": max(entry.position, 0),
            }
            changed = [name for name, value in values.items() if getattr(row, name) != value]
            if changed:
                for name in changed:
                    setattr(row, name, values[name])
                row.save(update_fields=[*changed, "updated_at"])
                updated += int(entry.remote_id in before)
    return FetchReport(len(remote), created, updated, len(remote) - created - updated)


def assign_products(*, categories: Iterable[CategoryConfig]) -> int:
    """Ask that the items which the rules of these categories admit are sent again. Returns how many requests."""
    total = 0
    by_site: dict[int, list[CategoryConfig]] = {}
    for category in categories:
        by_site.setdefault(category.site_id, []).append(category)
    for rows in by_site.values():
        site = rows[0].site
        total += request_items(item_ids=items_of_categories(site, rows), sites=[site])
    return total


def items_of_categories(site: Site, categories: Collection[CategoryConfig]) -> set[int]:
    """Linked items that a rule of these categories admits, or that stand in them by hand."""
    found = set(
        Item.objects.filter(product_configs__category_lines__category__in=categories).values_list(
            "pk", flat=True
        )
    )
    ids = [pk for pk in linked_item_ids(site=site) if pk is not None]
    chosen = {category.pk for category in categories}
    for start in range(0, len(ids), 500):
        sources = load_sources(site, ids[start : start + 500])
        rules = [
            line
            for category in sources.categories
            if category.pk in chosen
            for line in category.lines.all()
            if line.active
        ]
        found |= {
            pk for pk, item in sources.items.items() if any(admits(line, item, sources) for line in rules)
        }
    return found


def fingerprint(sheet: CategorySheet) -> str:
    """Changes with what the shop would show."""
    parts = [sheet.name, sheet.description, sheet.position, sheet.active, sheet.image_url, sheet.parent_key]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _sheet(row: CategoryConfig, rows: Mapping[int, CategoryConfig], language: str) -> CategorySheet:
    texts = {text.language: text for text in row.texts.all()}
    text: CategoryText | None = texts.get(language) or texts.get("")
    first, second = (row.name1, row.name2) if language.startswith("ar") else (row.name2, row.name1)
    parent = rows.get(row.parent_id) if row.parent_id is not None else None
    return CategorySheet(
        key=str(row.pk),
        name=(text.name if text else "") or first or second or row.code,
        remote_id=row.remote_id,
        parent_remote_id=parent.remote_id if parent else "",
        parent_key=str(parent.pk) if parent else "",
        description=(text.description if text else "") or row.description1 or None,
        position=row.position,
        active=row.active,
        image_url=row.image_url,
    )


def _depth(row: CategoryConfig, rows: Mapping[int, CategoryConfig]) -> int:
    depth, seen = 0, {row.pk}
    parent_id = row.parent_id
    while parent_id is not None and parent_id in rows and parent_id not in seen:
        seen.add(parent_id)
        parent_id, depth = rows[parent_id].parent_id, depth + 1
    return depth


def _with_new_parents(rows: Mapping[int, CategoryConfig], ids: Collection[int]) -> set[int]:
    chosen = {pk for pk in ids if pk in rows}
    for pk in list(chosen):
        parent_id = rows[pk].parent_id
        while (
            parent_id is not None
            and parent_id in rows
            and parent_id not in chosen
            and not rows[parent_id].remote_id
        ):
            chosen.add(parent_id)
            parent_id = rows[parent_id].parent_id
    return chosen


def _make(site: Site, entry: RemoteCategory) -> CategoryConfig:
    """A category of ours for one of the shop's; its code from the name, with the shop's id behind it."""
    stem = slugify(entry.name)[:30].upper() or "CATEGORY"
    return CategoryConfig.objects.create(
        site=site,
        code=f"{site.code[:20]}/{stem}-{entry.remote_id}"[:64],
        name2=entry.name[:255],
        description1=entry.description[:500],
        position=max(entry.position, 0),
        remote_id=entry.remote_id,
    )
