"""Turn matches into links: one product for one item, settled links kept, disputes left to people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from linking.models import ItemLinkerLine, LinkState, MatchSource
from linking.services.matching import Match
from platforms.types import RemoteProduct

Target = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a line shall say. `linker_id` None: the line's own, or the first linker for a new line."""

    state: str
    item_id: int | None = None
    unit_id: int | None = None
    linker_id: int | None = None
    candidates: list[dict[str, Any]] = field(default_factory=list)


def is_settled(line: ItemLinkerLine | None) -> bool:
    """Linked by hand or made by us, or switched off by hand: a run does not touch whose item it is."""
    if line is None:
        return False
    by_people = line.match_source in (MatchSource.MANUAL, MatchSource.CREATED) and line.item_id is not None
    return by_people or not line.active


def decide(
    products: Sequence[RemoteProduct],
    matches: Mapping[str, list[Match]],
    lines: Mapping[str, ItemLinkerLine],
) -> dict[str, Decision]:
    """remote id -> decision, over the whole catalogue, since a rival may stand on any page."""
    holders = _holders(products, matches, lines)
    claimants: dict[Target, list[str]] = defaultdict(list)
    for product in products:
        found = matches.get(product.remote_id, [])
        if len(found) == 1 and not is_settled(lines.get(product.remote_id)):
            claimants[found[0].item_id, found[0].unit_id].append(product.remote_id)
    skus = {product.remote_id: product.sku or product.remote_id for product in products}
    return {
        product.remote_id: _decide_one(
            product,
            matches.get(product.remote_id, []),
            lines.get(product.remote_id),
            holders,
            claimants,
            skus,
        )
        for product in products
    }


def _holders(
    products: Sequence[RemoteProduct], matches: Mapping[str, list[Match]], lines: Mapping[str, ItemLinkerLine]
) -> dict[Target, str]:
    """Who holds an item already: linked lines whose product still says so or says nothing; else settled ones that return."""
    holders: dict[Target, str] = {}
    returning: dict[Target, str] = {}
    for product in products:
        line = lines.get(product.remote_id)
        if line is None or line.item_id is None:
            continue
        target = (line.item_id, line.unit_id)
        says = [(match.item_id, match.unit_id) for match in matches.get(product.remote_id, [])]
        if line.state == LinkState.LINKED and (is_settled(line) or not says or says == [target]):
            holders.setdefault(target, product.remote_id)
        elif is_settled(line):
            returning.setdefault(target, product.remote_id)
    return {**returning, **holders}


def _decide_one(
    product: RemoteProduct,
    found: Sequence[Match],
    line: ItemLinkerLine | None,
    holders: Mapping[Target, str],
    claimants: Mapping[Target, Sequence[str]],
    skus: Mapping[str, str],
) -> Decision:
    if line is not None and is_settled(line):
        return _settled(product, line, holders, skus)
    if len(found) > 1:
        rows = [{"item": match.item_id, "unit": match.unit_id, "reason": "same_identity"} for match in found]
        return Decision(LinkState.CONFLICT, linker_id=found[0].linker_id, candidates=rows)
    if len(found) == 1:
        match = found[0]
        target = (match.item_id, match.unit_id)
        holder = holders.get(target)
        rivals = (
            [holder] if holder is not None else [one for one in claimants[target] if one != product.remote_id]
        )
        if holder == product.remote_id or not rivals:
            return Decision(LinkState.LINKED, match.item_id, match.unit_id, match.linker_id)
        return Decision(
            LinkState.CONFLICT, linker_id=match.linker_id, candidates=[_rival(target, rivals, skus)]
        )
    if (
        line is not None
        and line.item_id is not None
        and line.state in (LinkState.LINKED, LinkState.REMOTE_MISSING)
    ):
        target = (line.item_id, line.unit_id)
        if holders.get(target, product.remote_id) == product.remote_id:
            # Linked by its id; that the shop has renamed its SKU, or the ERP its code, does not undo it.
            return Decision(LinkState.LINKED, line.item_id, line.unit_id)
    return Decision(LinkState.ITEM_MISSING)


def _settled(
    product: RemoteProduct, line: ItemLinkerLine, holders: Mapping[Target, str], skus: Mapping[str, str]
) -> Decision:
    if line.item_id is None:
        return Decision(LinkState.ITEM_MISSING)
    target = (line.item_id, line.unit_id)
    holder = holders.get(target, product.remote_id)
    if line.state != LinkState.LINKED and holder != product.remote_id:
        return Decision(
            LinkState.CONFLICT, line.item_id, line.unit_id, candidates=[_rival(target, [holder], skus)]
        )
    return Decision(LinkState.LINKED, line.item_id, line.unit_id)


def _rival(target: Target, rivals: Sequence[str], skus: Mapping[str, str]) -> dict[str, Any]:
    names = [f"{skus.get(rival, '')} ({rival})" for rival in sorted(rivals)[:5]]
    return {"item": target[0], "unit": target[1], "reason": "claimed", "rivals": names}
