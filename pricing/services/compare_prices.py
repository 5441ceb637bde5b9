"""Whether the shop shows the price that is in force now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from activity.models import Difference
from activity.services.differences import Found
from ecomsync.common.conf import conf
from linking.comparers import ComparedPage, Comparison, Pair
from pricing.handlers import PlannedPrice, PriceHandler
from pricing.selectors.shop_prices import PriceProblem, ShopPrice
from sites.choices import SpecialPriceOwnership
from sites.models import Site
from sync_queues.models import UpdatePriceRequest
from sync_queues.selectors import items_on_their_way

Aspect, Kind, Problem = Difference.Aspect, Difference.Kind, Difference.Problem


def compare_prices(page: ComparedPage) -> Comparison:
    """The price of each linked product as it would be sent now, beside the shop's.

    Special prices are compared where they belong to the ERP; else they are the shop's own. A price whose request waits,
    or that was sent after the page was read, is waiting. An item without a price to send has its place in the queue.
    """
    compared = Comparison()
    if not page.site.update_prices or not conf.price_sync_enabled or not page.sellable:
        return compared
    planned = _planned(page)
    differing = [
        (pair, entry)
        for pair in page.sellable
        if pair.line.pk in planned
        for entry in _differences(page.site, pair, planned[pair.line.pk])
    ]
    if not differing:
        return compared
    items = [pair.line.item_id for pair, _entry in differing if pair.line.item_id is not None]
    moving = items_on_their_way("price", site=page.site, item_ids=items)
    for pair, entry in differing:
        sent_at = planned[pair.line.pk].line.last_sent_price_at
        if pair.line.item_id in moving or page.was_sent_since(sent_at):
            compared.waiting.add((entry.kind, entry.key))
        else:
            compared.found.append(entry)
    return compared


def _planned(page: ComparedPage) -> dict[int, PlannedPrice]:
    """Line -> what it would be told."""
    ids = {pair.line.item_id for pair in page.sellable if pair.line.item_id is not None}
    requests = [UpdatePriceRequest(site=page.site, item_id=item_id) for item_id in sorted(ids)]
    return {row.line.pk: row for row in PriceHandler(page.site, page.adapter).plan(requests)}


@dataclass(frozen=True, slots=True)
class _Decimals:
    """Shops that keep fewer decimals than we send show a rounded price, which is no difference."""

    places: int | None

    def shown(self, price: Decimal | None) -> Decimal | None:
        if price is None or self.places is None:
            return price
        return price.quantize(Decimal(1).scaleb(-self.places), rounding=ROUND_HALF_UP)


def _decimals(site: Site) -> _Decimals:
    told = (site.platform_options or {}).get("price_decimals")
    text = "" if told is None else str(told)
    return _Decimals(int(text) if text.isdigit() else None)


def _differences(site: Site, pair: Pair, planned: PlannedPrice) -> Iterator[Found]:
    price = planned.answer
    if isinstance(price, PriceProblem):
        return
    product, decimals = pair.product, _decimals(site)
    if product.price != decimals.shown(price.price):
        yield _found(pair, Aspect.PRICE, "", product.price, price.price)
    if site.special_price_ownership != SpecialPriceOwnership.ERP:
        return
    wanted = decimals.shown(_special_of(price))
    if product.special_price != wanted:
        yield _found(pair, Aspect.SPECIAL_PRICE, "|special", product.special_price, wanted)


def _special_of(price: ShopPrice) -> Decimal | None:
    return None if price.clear_special else price.special


def _found(pair: Pair, aspect: str, suffix: str, shop: Decimal | None, erp: Decimal | None) -> Found:
    key = f"{pair.line.remote_id}{suffix}"
    return Found(Kind.PRICE, Problem.DIFFERENT, key, aspect, _short(shop), _short(erp), subject=pair.line)


def _short(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"
