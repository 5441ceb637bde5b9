"""What the ERP and the linker announce becomes requests for the shops."""

from __future__ import annotations

from typing import Any

from catalog.services.requests import request_items, request_quantities
from erp.signals import item_changed, stock_changed
from linking.signals import items_linked
from sites.models import Site


def on_stock_changed(sender: Any, item_ids: set[int], warehouse_ids: set[int], **_kwargs: Any) -> None:
    """Movement, reservation or count: the shops that sell from these warehouses are to be told."""
    request_quantities(item_ids=item_ids, warehouse_ids=warehouse_ids)


def on_item_changed(sender: Any, item_ids: set[int], **_kwargs: Any) -> None:
    """The sheet of items changed; whether they are for sale decides their quantity too."""
    request_items(item_ids=item_ids)
    request_quantities(item_ids=item_ids)


def on_items_linked(sender: Any, site_id: int, item_ids: set[int], **_kwargs: Any) -> None:
    """A shop has just got to know these items: it needs their stock."""
    site = Site.objects.filter(pk=site_id).first()
    if site is not None and item_ids:
        request_quantities(item_ids=item_ids, sites=[site])


def connect() -> None:
    """Connect the receivers; called once when the app starts."""
    stock_changed.connect(on_stock_changed, dispatch_uid="catalog.stock_changed")
    item_changed.connect(on_item_changed, dispatch_uid="catalog.item_changed")
    items_linked.connect(on_items_linked, dispatch_uid="catalog.items_linked")
