"""Prices that begin or end by themselves: who has to hear of it when the moment has come.

Dates of a price and of a price list begin and end with a day, special prices at a moment. Shops that begin and end special
prices themselves have had the dates with the price and are not told again; no shop knows the dates of its lists.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import BigIntegerField, CharField, F, QuerySet, Value
from django.utils import timezone

from ecomsync.common.conf import conf
from erp.models import Item, ItemPrice
from pricing.models import BorderLook
from pricing.services.requests import request_prices
from sites.choices import SpecialPriceOwnership
from sites.models import Site

CHUNK = 5000
DAY, MOMENT = "day", "moment"
Rows = QuerySet[Any, tuple[int, int | None, str]]


def request_due_borders(*, now: dt.datetime | None = None) -> int:
    """Price requests for what began or ended since the last look. Returns how many.

    One statement finds them; none is made where no site sends prices. The first look only notes the time.
    """
    moment = now or timezone.now()
    look = BorderLook.objects.order_by("pk").first()
    if look is None:
        BorderLook.objects.create(looked_at=moment)
        return 0
    if moment <= look.looked_at or not conf.price_sync_enabled:
        return 0
    sites = list(Site.objects.filter(active=True, update_prices=True).select_related("price_source_list"))
    asked = 0
    if sites:
        for (what, price_list_id), items in _due(look.looked_at, moment).items():
            asked += _request(sites, what, price_list_id, items)
    BorderLook.objects.filter(pk=look.pk).update(looked_at=moment)
    return asked


def _request(sites: Iterable[Site], what: str, price_list_id: int | None, items: set[int]) -> int:
    if what == DAY:
        return request_prices(item_ids=items, price_list_id=price_list_id, sites=sites, base=True)
    ours = [site for site in sites if site.special_price_ownership == SpecialPriceOwnership.ERP]
    told = [site for site in ours if site.capabilities.special_price_windows]
    untold = [site for site in ours if not site.capabilities.special_price_windows]
    found = request_prices(
        item_ids=items, price_list_id=price_list_id, sites=untold, lists=price_list_id is not None
    )
    if price_list_id is not None:
        found += request_prices(item_ids=items, price_list_id=price_list_id, sites=told, base=False)
    return found


def _due(after: dt.datetime, until: dt.datetime) -> dict[tuple[str, int | None], set[int]]:
    """(day or moment, price list or None for the item's own price) -> items. One statement."""
    first, *others = _branches(after, until)
    found: dict[tuple[str, int | None], set[int]] = defaultdict(set)
    for item_id, price_list_id, what in first.union(*others).iterator(chunk_size=CHUNK):
        found[what, price_list_id].add(item_id)
    return found


def _branches(after: dt.datetime, until: dt.datetime) -> list[Rows]:
    """Each over one column, so that each is found by its index."""
    prices = ItemPrice.objects.filter(customer=None)
    found: list[Rows] = []
    for column in ("special_price_from", "special_price_to"):
        crossed: dict[str, Any] = {f"{column}__gt": after, f"{column}__lte": until}
        crossed["special_price__isnull"] = False
        found.append(_of_lists(prices.filter(**crossed), MOMENT))
        found.append(_of_items(Item.objects.filter(**crossed)))
    before, today = timezone.localdate(after), timezone.localdate(until)
    if before < today:
        for prefix in ("", "price_list__"):
            began = {f"{prefix}valid_from__gt": before, f"{prefix}valid_from__lte": today}
            ended = {f"{prefix}valid_to__gte": before, f"{prefix}valid_to__lt": today}
            found += [_of_lists(prices.filter(**crossed), DAY) for crossed in (began, ended)]
    return found


def _of_lists(rows: QuerySet[ItemPrice], what: str) -> Rows:
    named = rows.annotate(listed=F("price_list_id"), what=Value(what, output_field=CharField()))
    return named.order_by().values_list("item_id", "listed", "what")


def _of_items(rows: QuerySet[Item]) -> Rows:
    nowhere = Value(None, output_field=BigIntegerField(null=True))
    named = rows.annotate(listed=nowhere, what=Value(MOMENT, output_field=CharField()))
    return named.order_by().values_list("pk", "listed", "what")
