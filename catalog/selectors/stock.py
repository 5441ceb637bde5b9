"""What a shop may show as stock of an item, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from django.db.models import F, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import SoldInShop
from ecomsync.common.money import HUNDRED, ZERO
from erp.models import Item, KitComponent, StockReservation, Warehouse
from erp.models.items import ItemType
from erp.models.stock import ReservationState
from erp.selectors.stock import BalanceFigure, availability
from platforms.registry import adapter_class
from sites.choices import QtyPart, QtyRounding
from sites.models import Site, WarehouseLine
from sites.services.learned import learned_of

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class StockPart:
    """One step of the sum. `amount` is what it adds; `code` is stable, `detail` names the warehouse or the setting."""

    code: str
    amount: Decimal
    detail: str = ""

    @property
    def label(self) -> str | Promise:
        return PART_LABELS[self.code]

    def __str__(self) -> str:
        sign = "+" if self.amount >= 0 else "−"
        name = f"{self.label} ({self.detail})" if self.detail else str(self.label)
        return f"{sign} {abs(self.amount).normalize():f}  {name}"


@dataclass(frozen=True, slots=True)
class StockFigure:
    """The quantity to publish and the parts it is made of, whose amounts sum to it.

    places: (location of the shop, its part of the quantity), where the shop keeps stock by locations; else empty. They
    never sum to more than `published`.
    """

    published: Decimal
    parts: tuple[StockPart, ...]
    places: tuple[tuple[str, Decimal], ...] = ()

    def explain(self) -> list[str]:
        """The sum line by line, in the reader's language."""
        total = _("= %(quantity)s to be shown in the shop") % {"quantity": f"{self.published.normalize():f}"}
        return [*(str(part) for part in self.parts), total]


PART_LABELS: dict[str, str | Promise] = {
    "on_hand": gettext_lazy("on hand"),
    "reserved": gettext_lazy("reserved"),
    "safety": gettext_lazy("safety stock"),
    "line_buffer": gettext_lazy("buffer of the warehouse"),
    "share": gettext_lazy("share of other channels"),
    "buffer": gettext_lazy("channel buffer"),
    "sold": gettext_lazy("sold in the shop, not yet in the ERP"),
    "inactive": gettext_lazy("item is inactive or not for sale"),
    "not_stocked": gettext_lazy("item is not kept in stock"),
    "floor": gettext_lazy("never below zero"),
    "cap": gettext_lazy("largest quantity to be shown"),
    "rounding": gettext_lazy("rounding"),
}


@dataclass(frozen=True, slots=True)
class _Source:
    """A warehouse that feeds the shop; place: the location of the shop that shows it."""

    warehouse_id: int
    code: str
    share: Decimal
    buffer: Decimal
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Rules:
    """The settings of the site, read once."""

    sources: tuple[_Source, ...]
    parts: frozenset[str]
    is_physical: bool

    def takes(self, part: str) -> bool:
        return part in self.parts


def figures(*, site: Site, item_ids: Collection[int]) -> dict[int, StockFigure]:
    """The figure of each item, in a number of statements that does not depend on how many there are.

    published = Σ over the shop's warehouses of share × (on hand − reserved − safety − buffer)
    − channel buffer − sold in the shop and not yet in the ERP; never below zero, at most the largest
    published quantity, rounded. Which parts are taken off is set on the site. Items that are unknown are left out.
    """
    items = Item.objects.in_bulk(set(item_ids))
    rules = _rules_of(site)
    components = _components([pk for pk, item in items.items() if item.item_type == ItemType.KIT])
    warehouses = [source.warehouse_id for source in rules.sources]
    all_ids = {*items, *(component for parts in components.values() for component in parts)}
    # Before the balances: an import that commits between the two reads moves its units from "sold" to "reserved".
    # They are then taken off twice, for the moment until the reservation's own request comes; never not at all.
    takes_sold = rules.takes(QtyPart.UNIMPORTED_ORDERS)
    sold = _sold(site, all_ids, warehouses, own_too=not rules.is_physical) if takes_sold else {}
    balances = availability(item_ids=list(items), warehouse_ids=warehouses) if warehouses and items else {}
    own = (
        _reserved_by_channel(site, all_ids, warehouses)
        if rules.is_physical and rules.takes(QtyPart.RESERVED)
        else {}
    )
    return {
        pk: _figure(site, rules, item, balances, own, sum_of_kit(sold, pk, components.get(pk, {})))
        for pk, item in items.items()
    }


def warehouse_ids_for_stock(site: Site) -> set[int]:
    """The warehouses whose stock this shop shows."""
    return {source.warehouse_id for source in _sources(site)}


def sum_of_kit(sold: Mapping[int, Decimal], item_id: int, components: Mapping[int, Decimal]) -> Decimal:
    """Units sold of an item; a kit also loses what its scarcest component lost, in whole kits."""
    through_parts = [
        (sold[component] / quantity).to_integral_value(ROUND_CEILING)
        for component, quantity in components.items()
        if sold.get(component)
    ]
    return sold.get(item_id, ZERO) + max(through_parts, default=ZERO)


def _rules_of(site: Site) -> _Rules:
    meaning = adapter_class(site.site_type).stock_meaning_of(site.platform_options, learned_of(site))
    return _Rules(tuple(_sources(site)), frozenset(site.qty_formula or ()), meaning == "physical")


def _sources(site: Site) -> Iterable[_Source]:
    """The site's warehouse lines for stock; without any its default warehouse, else all sellable ones."""
    lines = [
        line
        for line in site.ecommerce_warehouse_lines.select_related("warehouse")
        if line.active and line.for_stock and line.warehouse_id
    ]
    if lines:
        places = _places(site, lines)
        return [
            _Source(line.warehouse_id, line.warehouse.code, line.share_percent, line.buffer, place)
            for line, place in zip(lines, places, strict=True)
        ]
    usable = Warehouse.objects.filter(active=True)
    found = (
        usable.filter(pk=site.default_warehouse_id)
        if site.default_warehouse_id
        else usable.filter(sellable=True)
    )
    return [_Source(warehouse.pk, warehouse.code, HUNDRED, ZERO) for warehouse in found]


def _places(site: Site, lines: Sequence[WarehouseLine]) -> list[str]:
    """The location of each line; one that names none counts for the first that is named."""
    if not site.capabilities.locations:
        return [""] * len(lines)
    named = [line.remote_location_id.strip() for line in lines]
    first = next((name for name in named if name), "")
    return [name or first for name in named]


def _components(kit_ids: Collection[int]) -> dict[int, dict[int, Decimal]]:
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    if kit_ids:
        for kit, component, quantity in KitComponent.objects.filter(kit_id__in=kit_ids).values_list(
            "kit_id", "component_id", "quantity"
        ):
            found[kit][component] = quantity
    return found


def _reserved_by_channel(
    site: Site, item_ids: Collection[int], warehouse_ids: Collection[int]
) -> dict[tuple[int, int], Decimal]:
    """What is reserved for orders of this very shop: a shop that shows physical stock takes them off itself."""
    rows = (
        StockReservation.objects.filter(
            item_id__in=item_ids,
            warehouse_id__in=warehouse_ids,
            state=ReservationState.ACTIVE,
            order_line__order__channel=site.code,
        )
        .order_by()
        .values_list("item_id", "warehouse_id")
        .annotate(held=Sum(F("quantity") - F("consumed_quantity") - F("released_quantity")))
    )
    return {(item, warehouse): held or ZERO for item, warehouse, held in rows}


def _sold(
    site: Site, item_ids: Collection[int], warehouse_ids: Collection[int], *, own_too: bool
) -> dict[int, Decimal]:
    """Sold and not yet in the ERP: in this shop, and in others that sell from the same warehouses."""
    elsewhere = Q(warehouse_id__in=warehouse_ids) & ~Q(site=site)
    counted = elsewhere | Q(site=site) if own_too else elsewhere
    rows = (
        SoldInShop.objects.filter(counted, item_id__in=item_ids)
        .order_by()
        .values_list("item_id")
        .annotate(units=Sum("quantity"))
    )
    return dict(rows)


def _figure(
    site: Site,
    rules: _Rules,
    item: Item,
    balances: Mapping[tuple[int, int], BalanceFigure],
    own: Mapping[tuple[int, int], Decimal],
    sold: Decimal,
) -> StockFigure:
    if not item.is_deliverable:
        nothing = tuple((place, ZERO) for place in dict.fromkeys(s.place for s in rules.sources if s.place))
        return StockFigure(ZERO, (StockPart("not_stocked", ZERO, item.get_item_type_display()),), nothing)
    parts: list[StockPart] = []
    by_place: dict[str, Decimal] = {source.place: ZERO for source in rules.sources if source.place}
    for source in rules.sources:
        key = (item.pk, source.warehouse_id)
        if key in balances:
            given = _warehouse_parts(source, balances[key], own.get(key, ZERO), rules)
            parts += given
            if source.place:
                by_place[source.place] += sum((part.amount for part in given), ZERO)
    total = sum((part.amount for part in parts), ZERO)
    if rules.takes(QtyPart.CHANNEL_BUFFER):
        kept = site.channel_buffer_qty + max(total, ZERO) * site.channel_buffer_percent / HUNDRED
        _add(parts, "buffer", -kept)
    _add(parts, "sold", -sold)
    figure = _finish(site, item, parts)
    return replace(figure, places=_spread(site, figure.published, by_place)) if by_place else figure


def _spread(
    site: Site, published: Decimal, by_place: Mapping[str, Decimal]
) -> tuple[tuple[str, Decimal], ...]:
    """Each location shows what lies there, as long as the whole lasts: what is kept back is missing from the last ones.

    So the locations together never show more than the shop may sell, and none shows what lies elsewhere.
    """
    left, found = published, []
    for place, amount in by_place.items():
        part = max(ZERO, min(amount, left))
        if site.qty_rounding != QtyRounding.EXACT:
            part = part.quantize(ONE, rounding=ROUND_FLOOR)
        found.append((place, part))
        left -= part
    return tuple(found)


def _warehouse_parts(source: _Source, balance: BalanceFigure, own: Decimal, rules: _Rules) -> list[StockPart]:
    """What one warehouse gives. Safety stock and buffer keep back its own pieces only, never another warehouse's."""
    parts = [StockPart("on_hand", balance.on_hand, source.code)]
    free = balance.on_hand
    if rules.takes(QtyPart.RESERVED):
        reserved = balance.reserved - own
        free -= reserved
        _add(parts, "reserved", -reserved, source.code)
    if rules.takes(QtyPart.SAFETY_STOCK):
        kept = min(max(free, ZERO), balance.safety_stock)
        free -= kept
        _add(parts, "safety", -kept, source.code)
    kept = min(max(free, ZERO), source.buffer)
    free -= kept
    _add(parts, "line_buffer", -kept, source.code)
    if free > 0:
        _add(parts, "share", free * source.share / HUNDRED - free, source.code)
    return parts


def _finish(site: Site, item: Item, parts: list[StockPart]) -> StockFigure:
    total = sum((part.amount for part in parts), ZERO)
    if site.zero_when_inactive and not (item.active and item.sellable) and total > 0:
        _add(parts, "inactive", -total)
        total = ZERO
    if total < 0:
        _add(parts, "floor", -total)
        total = ZERO
    rounded = round_quantity(total, site.qty_rounding)
    _add(parts, "rounding", rounded - total)
    total = rounded
    if site.max_published_qty is not None and total > site.max_published_qty:
        capped = round_quantity(site.max_published_qty, site.qty_rounding)
        _add(parts, "cap", capped - total)
        total = capped
    return StockFigure(total, tuple(parts))


def round_quantity(quantity: Decimal, rounding: str) -> Decimal:
    """As the site wants it; 'exact' keeps the six decimals of a quantity."""
    if rounding == QtyRounding.EXACT:
        return quantity
    mode = ROUND_HALF_UP if rounding == QtyRounding.NEAREST else ROUND_FLOOR
    return quantity.quantize(ONE, rounding=mode)


def _add(parts: list[StockPart], code: str, amount: Decimal, detail: str = "") -> None:
    if amount:
        parts.append(StockPart(code, amount, detail))
