"""Items that the shop should have and has not: admitted, for sale, and linked with no product."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from catalog.models import ProductConfig
from catalog.selectors.admission import admitted, item_condition
from catalog.services.requests import action_for
from erp.models import Item
from erp.models.items import ItemType
from linking.comparers import WantedItems
from linking.models import ItemLinkerLine, LinkState
from sites.models import Site


def wanted_items(*, site: Site, after: int, limit: int) -> WantedItems:
    """The next page of items that the site would make in the shop; three statements. Empty where it makes none.

    A line in conflict, a candidate, or one that staff set aside stands for its item elsewhere; a line whose product is
    gone does not. Raises ConfigurationError when a criterion cannot be read.
    """
    if not site.send_items_to_magento:
        return WantedItems((), None)
    lines = ItemLinkerLine.objects.filter(site=site, item_id=OuterRef("pk"))
    lines = lines.exclude(state=LinkState.REMOTE_MISSING)
    configs = ProductConfig.objects.filter(site=site, active=True)
    rows = Item.objects.filter(~Exists(lines), pk__gt=after, active=True, sellable=True)
    rows = rows.exclude(item_type=ItemType.SERVICE).select_related("item_group", "brand")
    if not site.create_products:
        rows = rows.filter(Exists(configs.filter(item_id=OuterRef("pk"))))
    page = list(rows.order_by("pk")[:limit])
    if not page:
        return WantedItems((), None)
    configured = set(configs.filter(item__in=page).values_list("item_id", flat=True))
    inside = admitted(item_condition(site), page)
    chosen = [
        item
        for item in page
        if item.pk in inside and action_for(site, item, is_linked=False, is_configured=item.pk in configured)
    ]
    return WantedItems(tuple(chosen), page[-1].pk)
