"""Compare the products and the stock of a shop with the ERP; repair where that is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from activity.services import RunReporter
from catalog.selectors.stock import figures
from catalog.services.requests import request_quantities
from linking.models import ItemLinkerLine, LinkState
from linking.selectors import linked_lines
from platforms.types import RemoteProduct
from sites.models import Site
from sites.services.adapters import open_adapter

PAGE = 200


def reconcile(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """Read the whole catalogue of the shop and list what is missing, extra or different.

    Nothing is changed, unless params["repair"]: then different quantities are sent again, and different prices and
    missing products are forgotten, so that the next run sends them. The statements grow with the pages only.
    """
    repair = bool(params.get("repair"))
    seen: set[int] = set()
    wrong: set[int] = set()
    with open_adapter(site, lane="products", run=run.run) as adapter:
        for page in _pages(product for product in adapter.iter_products() if product.is_sellable):
            run.check_cancelled()
            wrong |= _compare_page(run, site, page, seen, repair=repair)
    missing = linked_lines(site=site).exclude(pk__in=seen) if len(seen) < 900 else _not_seen(site, seen)
    for line in missing:
        run.found()
        run.held(1, f"Missing in the shop: {line.remote_sku}.", subject=line, code="remote_missing")
        if repair:
            ItemLinkerLine.objects.filter(pk=line.pk).update(state=LinkState.REMOTE_MISSING)
    if repair and wrong:
        run.count("requests", request_quantities(item_ids=wrong, sites=[site], forced=True))


def _compare_page(
    run: RunReporter, site: Site, page: list[RemoteProduct], seen: set[int], *, repair: bool
) -> set[int]:
    """Returns the items whose quantity differs."""
    keys = {
        (product.parent_remote_id or product.remote_id, _variant_id(product)): product for product in page
    }
    lines = {
        (line.remote_product_id, line.remote_variant_id): line
        for line in linked_lines(site=site).filter(remote_product_id__in={key[0] for key in keys})
    }
    stock = figures(site=site, item_ids={line.item_id for line in lines.values() if line.item_id is not None})
    wrong: set[int] = set()
    stale_prices: list[int] = []
    for key, product in keys.items():
        run.found()
        line = lines.get(key)
        if line is None or line.item_id is None:
            run.held(
                1, f"Only in the shop: {product.sku or product.remote_id} {product.name}.", code="not_linked"
            )
            continue
        seen.add(line.pk)
        differences = []
        figure = stock.get(line.item_id)
        quantity_differs = (
            site.update_quantities
            and figure is not None
            and line.unit_id is None
            and product.manages_stock
            and product.quantity is not None
            and product.quantity != figure.published
        )
        if quantity_differs and figure is not None and product.quantity is not None:
            wrong.add(line.item_id)
            differences.append(
                f"quantity {_short(product.quantity)} in the shop, {_short(figure.published)} here"
            )
        if _price_differs(site, line, product):
            stale_prices.append(line.pk)
            differences.append(f"price {product.price} in the shop, {_short(line.last_sent_price)} sent")
        if not differences:
            run.unchanged()
        elif repair:
            run.updated()
            run.note(f"{line.remote_sku}: {'; '.join(differences)}. Sent again.", subject=line)
        else:
            run.held(1, f"{line.remote_sku}: {'; '.join(differences)}.", subject=line, code="different")
    if repair and stale_prices:
        ItemLinkerLine.objects.filter(pk__in=stale_prices).update(last_sent_price=None)
    return wrong


def _price_differs(site: Site, line: ItemLinkerLine, product: RemoteProduct) -> bool:
    return (
        site.update_prices
        and product.price is not None
        and line.last_sent_price is not None
        and product.price != line.last_sent_price
    )


def _variant_id(product: RemoteProduct) -> str:
    return product.remote_id if product.parent_remote_id else ""


def _not_seen(site: Site, seen: set[int]) -> Iterator[ItemLinkerLine]:
    """Too many ids for one statement: compared here."""
    return (line for line in linked_lines(site=site).iterator(chunk_size=2000) if line.pk not in seen)


def _pages(products: Iterable[RemoteProduct]) -> Iterator[list[RemoteProduct]]:
    stream = iter(products)
    while page := list(islice(stream, PAGE)):
        yield page


def _short(value: Decimal | None) -> str:
    return "–" if value is None else f"{value.normalize():f}"
