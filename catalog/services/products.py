"""What staff do with product settings: send, switch off, fetch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import ProductConfig, ProductText, RequestStatus
from ecomsync.common.errors import ConfigurationError
from linking.services.record_created import CreatedLink, record_created
from platforms.types import RemoteProduct
from sites.models import Site
from sites.services.adapters import open_adapter
from sync_queues.inputs import RequestInput
from sync_queues.models import ItemAction
from sync_queues.services.enqueue import enqueue


def send_products(*, configs: Sequence[ProductConfig]) -> int:
    """Ask the queues to send these products, even if the shop should have them as they are. Returns how many."""
    return _ask(configs, ItemAction.SEND)


def disable_products(*, configs: Sequence[ProductConfig]) -> int:
    """Ask the queues to switch these products off. Returns how many."""
    return _ask(configs, ItemAction.DISABLE)


def _ask(configs: Sequence[ProductConfig], action: str) -> int:
    total = 0
    for site, rows in _by_site(configs).items():
        if not site.send_items_to_magento:
            raise ConfigurationError(
                f"Site {site.code} takes no products: 'send items to the shop' is switched off.",
                site=site.code,
                cure="Switch it on in the capabilities of the site.",
            )
        inputs = [RequestInput(item_id=row.item_id, action=action, forced=True) for row in rows]
        total += enqueue("item", site=site, rows=inputs).total
        ProductConfig.objects.filter(pk__in=[row.pk for row in rows]).update(
            request_status=RequestStatus.PENDING
        )
    return total


@dataclass(frozen=True, slots=True)
class FetchedProducts:
    found: int
    missing: tuple[str, ...]


def fetch_products(*, configs: Sequence[ProductConfig]) -> FetchedProducts:
    """Read the products by SKU; ids, kind and name of the shop are taken over, and the link is kept.

    A text that staff have entered is never overwritten.
    """
    found, missing = 0, []
    for site, rows in _by_site(configs).items():
        with open_adapter(site, lane="products") as adapter:
            remote = {product.sku: product for product in adapter.find_products([row.sku for row in rows])}
        for row in rows:
            product = remote.get(row.sku)
            if product is None:
                missing.append(row.sku)
                continue
            found += 1
            _take_over(site, row, product)
    return FetchedProducts(found, tuple(missing))


def _take_over(site: Site, row: ProductConfig, product: RemoteProduct) -> None:
    row.remote_id, row.remote_parent_id = product.remote_id, product.parent_remote_id
    row.save(update_fields=["remote_id", "remote_parent_id", "updated_at"])
    if product.name:
        ProductText.objects.get_or_create(product=row, language="", defaults={"name": product.name[:500]})
    is_variant = bool(product.parent_remote_id)
    link = CreatedLink(
        item_id=row.item_id,
        remote_product_id=product.parent_remote_id or product.remote_id,
        remote_variant_id=product.remote_id if is_variant else "",
        remote_sku=product.sku,
        remote_name=product.name,
        remote_inventory_id=product.inventory_id,
        parent_remote_id=product.parent_remote_id,
        remote_kind=product.kind,
    )
    record_created(site=site, rows=[link])


def _by_site(configs: Sequence[ProductConfig]) -> dict[Site, list[ProductConfig]]:
    found: dict[Site, list[ProductConfig]] = defaultdict(list)
    for config in configs:
        found[config.site].append(config)
    return found
