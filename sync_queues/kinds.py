"""The one table of queues: kind -> its rows, its handler (loaded on first use), its batch size and its switch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from ecomsync.common.conf import conf
from platforms.base import PlatformAdapter
from sites.models import Site
from sync_queues.inputs import RequestInput, RowResult
from sync_queues.models import ItemAction, Request, UpdateItemRequest, UpdatePriceRequest, UpdateQtyRequest

ITEM_BATCH = 50


class Handler(Protocol):
    """Sends a batch of requests of one site to its shop.

    `handle` runs outside any transaction and returns one result per request. It raises errors of
    `ecomsync.common.errors` only when the whole batch is concerned. With `site.dry_run` it computes and describes,
    and writes nothing to the shop.
    """

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None: ...

    def handle(self, requests: Sequence[Any]) -> list[RowResult]: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One queue. `lane` is its place in the rate budget; `columns` are those that an input fills."""

    name: str
    label: str | Promise
    model: type[Request]
    handler: str
    lane: str
    batch_size: Callable[[Site], int]
    is_enabled: Callable[[Site], bool]
    interval_seconds: Callable[[Site], int | None]
    key_of: Callable[[RequestInput], str]
    columns: Callable[[RequestInput], Mapping[str, Any]]
    repeats_do_no_harm: bool = False  # the same figure twice at the same time is the same figure
    main: Q = field(default_factory=Q)  # the requests of an item's main figure, where it has several
    companions: str = ""  # dotted path of (site_id, item_ids) -> ids of items that travel in the same call

    def load_companions(self) -> Callable[..., Iterable[int]] | None:
        """Who travels together; None where rows stand alone."""
        return import_string(self.companions) if self.companions else None

    def load_handler(self) -> Callable[[Site, PlatformAdapter], Handler]:
        """The handler class; a broken one breaks only its own queue."""
        loaded: Callable[[Site, PlatformAdapter], Handler] = import_string(self.handler)
        return loaded


def _minutes_or_property(site: Site, field: str, property_seconds: int) -> int | None:
    """The site's interval in seconds; left at its default, the system property. None: never by itself."""
    minutes = int(getattr(site, field))
    if minutes == getattr(Site._meta.get_field(field), "default", None):
        return property_seconds
    return minutes * 60 or None


def _qty_key(row: RequestInput) -> str:
    """One figure of the shop is one key: all warehouses that feed it gather, so nobody sends it twice at once."""
    return f"{row.item_id}|loc:{row.remote_location_id}" if row.remote_location_id else f"{row.item_id}"


def _price_key(row: RequestInput) -> str:
    """The base price, or the price of a list from a quantity on: each is a figure of its own."""
    if row.price_list_id is None:
        return f"{row.item_id}|pl:"
    return f"{row.item_id}|pl:{row.price_list_id}|q:{row.min_quantity.normalize():f}"


def _item_key(row: RequestInput) -> str:
    """To show a product and to switch it off gather in one row, so that the newer wish holds and never both at once."""
    what = "category" if row.action == ItemAction.CATEGORY else "item"
    return f"{what}|{row.subject_type}:{row.subject_id or ''}|{row.item_id or ''}"


def _qty_columns(row: RequestInput) -> Mapping[str, Any]:
    return {
        "warehouse_id": row.warehouse_id,
        "remote_location_id": row.remote_location_id,
        "quantity_at_enqueue": row.quantity,
    }


def _price_columns(row: RequestInput) -> Mapping[str, Any]:
    sheet = dict(row.sheet) if row.sheet is not None else None
    return {
        "price_list_id": row.price_list_id,
        "min_quantity": row.min_quantity,
        "price_at_enqueue": row.price,
        "sheet": sheet,
    }


def _item_columns(row: RequestInput) -> Mapping[str, Any]:
    return {"action": row.action, "subject_type": row.subject_type, "subject_id": row.subject_id}


KINDS: dict[str, Kind] = {
    "qty": Kind(
        name="qty",
        label=_("quantities"),
        model=UpdateQtyRequest,
        handler="catalog.handlers.QuantityHandler",
        lane="stock",
        batch_size=lambda site: site.batch_size_quantity or conf.inventory_sync_batch_size,
        is_enabled=lambda site: conf.inventory_sync_enabled and site.update_quantities,
        interval_seconds=lambda site: _minutes_or_property(
            site, "quantity_delta_interval", conf.inventory_sync_interval
        ),
        key_of=_qty_key,
        columns=_qty_columns,
        repeats_do_no_harm=True,
        companions="linking.selectors.items_of_same_parents",
    ),
    "price": Kind(
        name="price",
        label=_("prices"),
        model=UpdatePriceRequest,
        handler="pricing.handlers.PriceHandler",
        lane="prices",
        batch_size=lambda site: site.batch_size_price or conf.price_sync_batch_size,
        is_enabled=lambda site: conf.price_sync_enabled and site.update_prices,
        interval_seconds=lambda site: _minutes_or_property(
            site, "price_delta_interval", conf.price_sync_interval
        ),
        key_of=_price_key,
        columns=_price_columns,
        repeats_do_no_harm=True,
        main=Q(price_list=None),
        companions="linking.selectors.items_of_same_parents",
    ),
    "item": Kind(
        name="item",
        label=_("items"),
        model=UpdateItemRequest,
        handler="catalog.handlers.ItemHandler",
        lane="products",
        batch_size=lambda site: site.batch_size_product or ITEM_BATCH,
        is_enabled=lambda site: site.send_items_to_magento or site.update_categories,
        interval_seconds=lambda site: 0,
        key_of=_item_key,
        columns=_item_columns,
    ),
}


def kind_of(model: type[Request]) -> Kind:
    """The queue that a table belongs to."""
    return next(kind for kind in KINDS.values() if kind.model is model)
