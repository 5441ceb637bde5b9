"""Which items a product of the shop may be: by the rules of the linkers, and candidates for what no rule answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from erp.models import Item, ItemAttributeValue, ItemBarcode, ItemType
from linking.expressions import Rule, Template, fold, parse_rule
from linking.models import ItemLinker, MatchingRule
from platforms.types import RemoteProduct

MAX_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Match:
    """An item, perhaps in one of its units, and the linker whose rule found it."""

    item_id: int
    unit_id: int | None
    linker_id: int


@dataclass(frozen=True, slots=True)
class _Found:
    item_id: int
    unit_id: int | None
    is_template: bool


class Matcher:
    """Answers for a page of products at a time; statements per page are constant.

    A product that only groups variants is a template of the ERP, and nothing else is.
    """

    def __init__(self, linkers: Sequence[ItemLinker], products: Mapping[str, RemoteProduct]) -> None:
        """products: all of the shop by remote id, to read the SKU of parents."""
        self.linkers = linkers
        self.products = products
        self.rules: dict[int, Rule] = {
            linker.pk: parse_rule(linker.expression)
            for linker in linkers
            if linker.matching_rule == MatchingRule.EXPRESSION
        }
        self._indexes: dict[int, dict[str, list[_Found]]] = {}
        self._similar: dict[str, list[_Found]] | None = None

    def match(self, page: Sequence[RemoteProduct]) -> dict[str, list[Match]]:
        """remote id -> the items that the first linker with an answer names; several are a conflict."""
        by_code = items_by_code(product.sku for product in page)
        by_barcode = items_by_barcode(text for product in page for text in (product.barcode, product.sku))
        answers: dict[str, list[Match]] = {}
        for product in page:
            for linker in self.linkers:
                found = [
                    one
                    for one in self._ask(linker, product, by_code, by_barcode)
                    if one.is_template == (not product.is_sellable)
                ]
                if found:
                    answers[product.remote_id] = [Match(one.item_id, one.unit_id, linker.pk) for one in found]
                    break
        return answers

    def _ask(
        self,
        linker: ItemLinker,
        product: RemoteProduct,
        by_code: Mapping[str, _Found],
        by_barcode: Mapping[str, _Found],
    ) -> list[_Found]:
        if linker.matching_rule == MatchingRule.CODE:
            found = by_code.get(fold(product.sku))
            return [found] if found else []
        if linker.matching_rule == MatchingRule.BARCODE:
            texts = [text.strip() for text in (product.barcode, product.sku) if text.strip()]
            hits = {by_barcode[text] for text in texts[:1] if text in by_barcode}
            return sorted(hits, key=lambda one: one.item_id)
        wanted = self.rules[linker.pk].product.fill(self._product_values(product))
        return self._index(linker.pk).get(wanted, []) if wanted else []

    def _product_values(self, product: RemoteProduct) -> dict[str, str]:
        parent = self.products.get(product.parent_remote_id)
        return {
            "sku": product.sku,
            "barcode": product.barcode,
            "name": product.name,
            "remote_id": product.remote_id,
            "parent_sku": parent.sku if parent else "",
            **{f"attribute.{fold(name)}": value for name, value in product.attributes.items()},
        }

    def _index(self, linker_id: int) -> dict[str, list[_Found]]:
        """All items by what the rule makes of them; read once per run."""
        if linker_id not in self._indexes:
            index: dict[str, list[_Found]] = defaultdict(list)
            template = self.rules[linker_id].item
            for found, values in item_values(template):
                key = template.fill(values)
                if key:
                    index[key].append(found)
            self._indexes[linker_id] = dict(index)
        return self._indexes[linker_id]

    def candidates(self, page: Sequence[RemoteProduct]) -> dict[str, list[dict[str, Any]]]:
        """For products that no rule answers: items with the same code, barcode, name or nearly the same code."""
        by_code = items_by_code(product.sku for product in page)
        by_barcode = items_by_barcode(text for product in page for text in (product.barcode, product.sku))
        by_name = items_by_name(product.name for product in page)
        proposals: dict[str, list[dict[str, Any]]] = {}
        for product in page:
            if not product.is_sellable:
                continue
            hits: list[tuple[str, _Found]] = []
            if fold(product.sku) in by_code:
                hits.append(("code", by_code[fold(product.sku)]))
            hits += [
                ("barcode", by_barcode[text.strip()])
                for text in (product.barcode, product.sku)
                if text.strip() in by_barcode
            ]
            hits += [("name", found) for found in by_name.get(fold(product.name), [])]
            hits += [("similar_code", found) for found in self._similar_to(product.sku)]
            rows = _proposals(hits)
            if rows:
                proposals[product.remote_id] = rows
        return proposals

    def _similar_to(self, sku: str) -> list[_Found]:
        key = _bare(sku)
        if len(key) < 3:
            return []
        if self._similar is None:
            self._similar = defaultdict(list)
            rows = (
                Item.objects.values_list("code", "pk", "item_type").order_by("pk").iterator(chunk_size=2000)
            )
            for code, pk, kind in rows:
                self._similar[_bare(code)].append(_Found(pk, None, kind == ItemType.TEMPLATE))
        return self._similar.get(key, [])


def _proposals(hits: Iterable[tuple[str, _Found]]) -> list[dict[str, Any]]:
    """Each item once, with the strongest reason first."""
    rows: dict[int, dict[str, Any]] = {}
    for reason, found in hits:
        if not found.is_template:
            rows.setdefault(found.item_id, {"item": found.item_id, "unit": found.unit_id, "reason": reason})
    return list(rows.values())[:MAX_CANDIDATES]


def _bare(text: str) -> str:
    return "".join(sign for sign in fold(text) if sign.isalnum()).lstrip("0")


def items_by_code(codes: Iterable[str]) -> dict[str, _Found]:
    """Folded code -> item. Codes are stored in capitals; others are asked for as they come."""
    wanted = {spelling for code in codes if code.strip() for spelling in (code.strip(), code.strip().upper())}
    rows = Item.objects.filter(code__in=wanted).values_list("code", "pk", "item_type")
    return {fold(code): _Found(pk, None, kind == ItemType.TEMPLATE) for code, pk, kind in rows}


def items_by_barcode(barcodes: Iterable[str]) -> dict[str, _Found]:
    """Active barcode -> item and unit."""
    wanted = {barcode.strip() for barcode in barcodes if barcode.strip()}
    rows = ItemBarcode.objects.filter(barcode__in=wanted, active=True)
    return {
        barcode: _Found(item_id, unit_id, kind == ItemType.TEMPLATE)
        for barcode, item_id, unit_id, kind in rows.values_list(
            "barcode", "item_id", "unit_id", "item__item_type"
        )
    }


def items_by_name(names: Iterable[str]) -> dict[str, list[_Found]]:
    """Folded name in either language -> items."""
    wanted = {name.strip() for name in names if name.strip()}
    rows = Item.objects.filter(Q(name1__in=wanted) | Q(name2__in=wanted)).order_by("pk")
    found: dict[str, list[_Found]] = defaultdict(list)
    for pk, name1, name2, kind in rows.values_list("pk", "name1", "name2", "item_type"):
        for name in {fold(name1), fold(name2)} - {""}:
            found[name].append(_Found(pk, None, kind == ItemType.TEMPLATE))
    return found


def item_values(template: Template) -> Iterable[tuple[_Found, dict[str, str]]]:
    """Every item with the texts that a rule may ask for; four statements whatever the number of items."""
    # The first barcode of an item comes last here, and so is the one that stays.
    in_reverse = ItemBarcode.objects.filter(active=True).order_by("-line_no", "-pk")
    barcodes: dict[int, str] = dict(in_reverse.values_list("item_id", "barcode"))
    attributes: dict[int, dict[str, str]] = defaultdict(dict)
    for item_id, name, value in ItemAttributeValue.objects.values_list("item_id", "attribute", "value"):
        attributes[item_id][f"attribute.{fold(name)}"] = value
    rows = Item.objects.order_by("pk").values_list(
        "pk", "code", "name1", "name2", "brand__code", "item_group__code", "item_type"
    )
    for pk, code, name1, name2, brand, group, kind in rows.iterator(chunk_size=2000):
        values = {
            "code": code,
            "barcode": barcodes.get(pk, ""),
            "name1": name1,
            "name2": name2,
            "brand": brand or "",
            "group": group or "",
            **attributes.get(pk, {}),
        }
        yield _Found(pk, None, kind == ItemType.TEMPLATE), values
