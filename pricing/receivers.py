"""What the ERP and the linker announce becomes price requests for the shops."""

from __future__ import annotations

from typing import Any

from erp.signals import price_changed
from linking.signals import items_linked
from pricing.services.requests import request_prices
from sites.models import Site


def on_price_changed(
    sender: Any, item_ids: set[int], price_list_id: int | None = None, **_kwargs: Any
) -> None:
    """A price of a list, or the price of the items themselves."""
    request_prices(item_ids=item_ids, price_list_id=price_list_id)


def on_items_linked(sender: Any, site_id: int, item_ids: set[int], **_kwargs: Any) -> None:
    """A shop has just got to know these items: it needs their prices."""
    site = Site.objects.filter(pk=site_id).first()
    if site is not None and item_ids:
        request_prices(item_ids=item_ids, sites=[site])


def connect() -> None:
    """Connect the receivers; called once when the app starts."""
    price_changed.connect(on_price_changed, dispatch_uid="pricing.price_changed")
    items_linked.connect(on_items_linked, dispatch_uid="pricing.items_linked")
