"""Reads of the item linker, always for many items or products at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from erp.models import Item, ItemBarcode, UnitOfMeasure
from linking.expressions import fold
from linking.models import ItemLinkerLine, LinkState
from sites.models import Site

CHUNK = 500
#: Lines that say which item an order line is; a product gone from the shop still stands in its old orders.
ANSWERING_STATES = (LinkState.LINKED, LinkState.REMOTE_MISSING)


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """How an order line names a product: by the ids of the shop, and by SKU."""

    sku: str = ""
    product_id: str = ""
    variant_id: str = ""


@dataclass(frozen=True, slots=True)
class LinkedItem:
    """What was found. found_by: remote_id, sku, code or barcode. `line` is None for the last two."""

    item: Item
    unit: UnitOfMeasure | None
    line: ItemLinkerLine | None
    found_by: str


def linked_lines(*, site: Site) -> QuerySet[ItemLinkerLine]:
    """The lines of a site that stock, prices and sheets may be sent to."""
    return ItemLinkerLine.objects.filter(site=site, state=LinkState.LINKED, active=True, item__isnull=False)


def sellable_lines(*, site: Site) -> QuerySet[ItemLinkerLine]:
    """Linked lines that have a price and a stock of their own: parents of variants have neither."""
    return linked_lines(site=site).exclude(remote_kind="variable")


def lines_in_shop(site: Site) -> set[int]:
    """Ids of the lines of all that the shop sells and we know of, linked or not: parents of variants sell nothing."""
    lines = ItemLinkerLine.objects.filter(site=site).exclude(remote_kind="variable")
    return set(lines.exclude(state=LinkState.REMOTE_MISSING).order_by().values_list("pk", flat=True))


def all_links_for_items(*, site: Site, item_ids: Iterable[int]) -> dict[int, list[ItemLinkerLine]]:
    """Every linked line of these items; the base unit first. One statement per 500 items."""
    found: dict[int, list[ItemLinkerLine]] = defaultdict(list)
    for part in _parts(sorted(set(item_ids))):
        for line in linked_lines(site=site).filter(item_id__in=part):
            if line.item_id is not None:
                found[line.item_id].append(line)
    for lines in found.values():
        lines.sort(key=lambda line: (line.unit_id is not None, line.variant_text, line.pk))
    return dict(found)


def links_for_items(*, site: Site, item_ids: Iterable[int]) -> dict[int, ItemLinkerLine]:
    """The main line of each linked item (its base unit); items without a link are left out."""
    return {item_id: lines[0] for item_id, lines in all_links_for_items(site=site, item_ids=item_ids).items()}


def linked_item_ids(*, site: Site) -> QuerySet[ItemLinkerLine, int | None]:
    """Ids of all items that the site sells, for full runs."""
    return linked_lines(site=site).order_by("item_id").values_list("item_id", flat=True).distinct()


def items_of_same_parents(*, site_id: int, item_ids: Iterable[int]) -> list[int]:
    """Items whose products share a parent in the shop with one of these, themselves left out."""
    known = set(item_ids)
    lines = ItemLinkerLine.objects.filter(site_id=site_id, state=LinkState.LINKED, active=True).order_by()
    parents: set[str] = set()
    for part in _parts(sorted(known)):
        parents.update(
            lines.filter(item_id__in=part)
            .exclude(parent_remote_id="")
            .values_list("parent_remote_id", flat=True)
        )
    found: set[int] = set()
    ordered = sorted(parents)
    for start in range(0, len(ordered), CHUNK):
        siblings = lines.filter(parent_remote_id__in=ordered[start : start + CHUNK], item__isnull=False)
        found.update(siblings.values_list("item_id", flat=True))
    return sorted(found - known)


def sellable_item_ids(*, site: Site) -> QuerySet[ItemLinkerLine, int | None]:
    """Ids of all items whose price and stock the site can be told, for full runs."""
    return sellable_lines(site=site).order_by("item_id").values_list("item_id", flat=True).distinct()


def count_by_state(*, site: Site) -> dict[str, int]:
    rows = (
        ItemLinkerLine.objects.filter(site=site).order_by().values_list("state").annotate(number=Count("pk"))
    )
    return dict(rows)


def items_for_remote(*, site: Site, keys: Sequence[RemoteKey]) -> dict[RemoteKey, LinkedItem]:
    """The items that products of the shop are; keys that lead nowhere, or to two items, are left out.

    By the ids of the shop first, then by the SKU of a linked product, then, when the site links items by identity, by
    item code and barcode. A line in conflict never answers. At most four statements, however many keys. Where the shop
    names only the parent of variants, the SKU tells which of them was sold, and the parent answers last.
    """
    found, disputed = _by_remote_id(site, keys)
    parents = {key: hit for key, hit in found.items() if key.sku and _is_parent(hit)}
    found = {key: hit for key, hit in found.items() if key not in parents}
    left = [key for key in keys if key.sku and key not in found and key not in disputed]
    by_sku, doubtful = _by_linked_sku(site, left)
    found |= by_sku
    if site.link_items:
        left = [key for key in left if key not in found and key not in doubtful]
        found |= _by_code(left)
        found |= _by_barcode([key for key in left if key not in found])
    return {**parents, **found}


def _is_parent(hit: LinkedItem) -> bool:
    return hit.line is not None and hit.line.remote_kind == "variable"


def _by_remote_id(
    site: Site, keys: Sequence[RemoteKey]
) -> tuple[dict[RemoteKey, LinkedItem], set[RemoteKey]]:
    """(found, keys whose line is in conflict)."""
    variants = {key.variant_id for key in keys if key.variant_id}
    products = {key.product_id for key in keys if key.product_id and not key.variant_id}
    if not variants and not products:
        return {}, set()
    wanted = Q(remote_variant_id__in=variants) | Q(remote_product_id__in=products, remote_variant_id="")
    lines = ItemLinkerLine.objects.filter(wanted, site=site).select_related("item", "unit")
    by_ids: dict[tuple[str, str], list[ItemLinkerLine]] = defaultdict(list)
    for line in lines:
        by_ids[line.remote_product_id, line.remote_variant_id].append(line)
        if line.remote_variant_id:
            by_ids["", line.remote_variant_id].append(line)
    found: dict[RemoteKey, LinkedItem] = {}
    disputed: set[RemoteKey] = set()
    for key in keys:
        if not key.variant_id and not key.product_id:
            continue
        of_key = by_ids.get((key.product_id, key.variant_id)) or by_ids.get(("", key.variant_id), [])
        if any(line.state == LinkState.CONFLICT for line in of_key):
            disputed.add(key)
        elif (answer := _one(of_key)) is not None:
            found[key] = LinkedItem(answer[0], answer[1].unit, answer[1], "remote_id")
    return found, disputed


def _by_linked_sku(
    site: Site, keys: Sequence[RemoteKey]
) -> tuple[dict[RemoteKey, LinkedItem], set[RemoteKey]]:
    """(found, keys whose SKU stands on several products that are different items, or on one in conflict)."""
    if not keys:
        return {}, set()
    spellings = {spelling for key in keys for spelling in _spellings(key.sku)}
    states = (*ANSWERING_STATES, LinkState.CONFLICT)
    lines = ItemLinkerLine.objects.filter(site=site, remote_sku__in=spellings, state__in=states)
    by_sku: dict[str, list[ItemLinkerLine]] = defaultdict(list)
    for line in lines.select_related("item", "unit"):
        by_sku[fold(line.remote_sku)].append(line)
    found: dict[RemoteKey, LinkedItem] = {}
    doubtful: set[RemoteKey] = set()
    for key in keys:
        of_key = by_sku.get(fold(key.sku), [])
        in_conflict = any(line.state == LinkState.CONFLICT for line in of_key)
        answer = None if in_conflict else _one(of_key)
        if answer is not None:
            found[key] = LinkedItem(answer[0], answer[1].unit, answer[1], "sku")
        elif of_key:
            doubtful.add(key)
    return found, doubtful


def _one(lines: Sequence[ItemLinkerLine]) -> tuple[Item, ItemLinkerLine] | None:
    """The item of these lines when they all are the same one; a linked line before one gone from the shop."""
    answering = [line for line in lines if line.state in ANSWERING_STATES and line.item is not None]
    if len({(line.item_id, line.unit_id) for line in answering}) != 1:
        return None
    line = min(answering, key=lambda line: (line.state != LinkState.LINKED, line.pk))
    return (line.item, line) if line.item is not None else None


def _by_code(keys: Sequence[RemoteKey]) -> dict[RemoteKey, LinkedItem]:
    if not keys:
        return {}
    spellings = {spelling for key in keys for spelling in _spellings(key.sku)}
    items = {fold(item.code): item for item in Item.objects.filter(code__in=spellings)}
    return {
        key: LinkedItem(items[fold(key.sku)], None, None, "code") for key in keys if fold(key.sku) in items
    }


def _by_barcode(keys: Sequence[RemoteKey]) -> dict[RemoteKey, LinkedItem]:
    if not keys:
        return {}
    rows = ItemBarcode.objects.filter(barcode__in={key.sku.strip() for key in keys}, active=True)
    barcodes = {row.barcode: row for row in rows.select_related("item", "unit")}
    return {
        key: LinkedItem(barcodes[key.sku.strip()].item, barcodes[key.sku.strip()].unit, None, "barcode")
        for key in keys
        if key.sku.strip() in barcodes
    }


def _spellings(text: str) -> set[str]:
    """As it came, and in the cases that databases keep; both compare case by case."""
    plain = text.strip()
    return {plain, plain.upper(), plain.lower()}


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
