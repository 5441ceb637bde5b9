"""Small worlds for tests of the catalogue: a sandbox shop, a site that writes to it, items that are linked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from activity.services import RunReporter, start_run
from erp.models import Item, Warehouse
from linking.models import ItemLinker, ItemLinkerLine
from sandbox.woocommerce import WooShop
from sites.models import Site
from sync_queues.kinds import KINDS
from sync_queues.services.drain import DrainReport, drain
from tests.erp.factories import make_unit, make_warehouse, stock_up

D = Decimal


def make_site(shop: WooShop | None = None, **values: Any) -> Site:
    """A site that sends everything; without a shop its address leads nowhere."""
    number = Site.objects.count() + 1
    defaults: dict[str, Any] = {
        "code": f"WOO{number}",
        "site_type": "woocommerce",
        "url": shop.url if shop else f"http://127.0.0.1:9/{number}",
        "username": shop.key if shop else "ck_x",
        "password": shop.secret if shop else "cs_x",
        "currency": "SAR",
        "time_zone": "Asia/Riyadh",
        "languages": ["en"],
        "default_warehouse": make_warehouse(),
        "update_quantities": True,
        "update_prices": True,
        "send_items_to_magento": True,
        "update_categories": True,
    }
    return Site.objects.create(**{**defaults, **values})


def make_item(code: str, *, stock: Any = 0, warehouse: Warehouse | None = None, **values: Any) -> Item:
    item = Item.objects.create(**{"code": code, "name2": f"Item {code}", "base_unit": make_unit(), **values})
    if stock:
        stock_up(item, warehouse or make_warehouse(), stock)
    return item


def linker_of(site: Site) -> ItemLinker:
    return ItemLinker.objects.get_or_create(code=f"L-{site.code}", defaults={"site": site})[0]


def link(
    site: Site, item: Item, remote_id: object, *, parent_id: object = "", **values: Any
) -> ItemLinkerLine:
    """The item is the product `remote_id`, or that variation of `parent_id`."""
    ids = (
        {
            "remote_product_id": str(parent_id),
            "remote_variant_id": str(remote_id),
            "parent_remote_id": str(parent_id),
        }
        if parent_id
        else {"remote_product_id": str(remote_id)}
    )
    return ItemLinkerLine.objects.create(
        **{"linker": linker_of(site), "site": site, "item": item, "remote_sku": item.code, **ids, **values}
    )


def work_off(site: Site, kind: str) -> DrainReport:
    """Drain one queue to its end, whatever the interval."""
    report = drain(site.pk, kind)
    assert not report.fault, report
    return report


def rows_of(site: Site, kind: str) -> Sequence[Any]:
    return list(KINDS[kind].model._default_manager.filter(site=site).order_by("pk"))


def reporter(site: Site, action: str = "test") -> RunReporter:
    return RunReporter(start_run(site_code=site.code, action=action))
