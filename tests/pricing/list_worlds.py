"""Shops with price lists or customer groups, each beside the site that sends to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from erp.models import Item, PriceList
from linking.models import ItemLinkerLine
from platforms.magento1.sessions import BOOK
from platforms.magento2.signing_in import forget_tokens as forget_magento_tokens
from platforms.norce.lookups import forget_lookups
from platforms.norce.tokens import forget_tokens as forget_norce_tokens
from platforms.shopify.ids import gid, number_of
from sandbox.bigcommerce import BigCommerceShop
from sandbox.magento1 import Magento1Shop
from sandbox.magento2 import Magento2Shop
from sandbox.norce import NorceShop
from sandbox.shopify import ShopifyShop
from sites.models import PriceListLine, Site
from sites.services.connect import set_credentials
from tests.catalog.world import link, make_item
from tests.contracts.bench import Bench, BenchProduct
from tests.erp.factories import make_entity
from tests.platforms.bigcommerce.bench import BigCommerceBench
from tests.platforms.magento1.bench import MagentoBench
from tests.platforms.magento2.bench import MageBench
from tests.platforms.norce.bench import NorceBench
from tests.platforms.shopify.bench import ShopifyBench

D = Decimal


class World:
    """One shop with a list or group for the trade. The ERP's list of it is `wholesale`."""

    platform = ""
    bench: Bench

    def __init__(self, bench: Bench, code: str) -> None:
        self.bench = bench
        self.code = code
        make_entity()
        self.site = _site_of(bench, self.platform)
        self.retail = PriceList.objects.create(code="RETAIL", currency=bench.currency)
        self.wholesale = PriceList.objects.create(code="WHOLESALE", currency=bench.currency)
        self.site.price_source_list = self.retail
        self.site.save()
        self.mapping = PriceListLine.objects.create(
            site=self.site, price_list=self.wholesale, remote_code=self.code
        )

    def products(self, count: int) -> list[tuple[Item, BenchProduct]]:
        """Items that are linked to new products of the shop."""
        made = []
        for product in self.bench.products(count):
            item = make_item(product.sku)
            self.link(item, product)
            made.append((item, product))
        return made

    def link(self, item: Item, product: BenchProduct, **values: Any) -> ItemLinkerLine:
        return link(self.site, item, product.remote_id, parent_id=product.parent_remote_id, **values)

    def list_price(self, product: BenchProduct, quantity: int = 1) -> Decimal | None:
        """What the list of the shop itself says from this quantity on."""
        raise NotImplementedError


class MagentoWorld(World):
    platform = "magento2"
    bench: MageBench

    def list_price(self, product: BenchProduct, quantity: int = 1) -> Decimal | None:
        tiers = {(t.customer_group, t.quantity): t.price for t in self.bench.shop._product(product.sku).tiers}
        return tiers.get((self.code, D(quantity)))


class OldMagentoWorld(World):
    platform = "magento1"
    bench: MagentoBench

    def list_price(self, product: BenchProduct, quantity: int = 1) -> Decimal | None:
        found = self.bench.shop.by_sku(product.sku)
        rows = {(str(row["customer_group_id"]), D(row["qty"])): D(row["price"]) for row in found.tier_prices}
        return rows.get((self.code, D(quantity)))


class ShopifyWorld(World):
    platform = "shopify"
    bench: ShopifyBench

    def list_price(self, product: BenchProduct, quantity: int = 1) -> Decimal | None:
        held = self.bench.shop.store.tables["PriceList"][gid("PriceList", self.code)]
        variant = gid("ProductVariant", product.remote_id)
        if quantity > 1:
            amounts = {
                (b["_variant"], b["minimumQuantity"]): D(b["_amount"]) for b in held["_breaks"].values()
            }
            return amounts.get((variant, quantity))
        row = held["_prices"].get(variant)
        return None if row is None else D(row["price"])


class BigCommerceWorld(World):
    platform = "bigcommerce"
    bench: BigCommerceBench

    def list_price(self, product: BenchProduct, quantity: int = 1) -> Decimal | None:
        record = self.bench.shop.price_record(int(self.code), product.sku, self.bench.currency)
        if record is None or quantity == 1:
            return None if record is None or record["price"] is None else D(record["price"])
        tiers = {tier["quantity_min"]: D(tier["amount"]) for tier in record["bulk_pricing_tiers"]}
        return tiers.get(quantity)


class NorceWorld(World):
    platform = "norce"
    bench: NorceBench

    def list_price(self, product: BenchProduct, quantity: int = 1) -> Decimal | None:
        return self.bench.shop.price_of(product.sku, self.code, quantity_break=quantity)


@contextmanager
def world_of(platform: str) -> Iterator[World]:
    """A sandbox of the platform, with a list of the trade."""
    match platform:
        case "magento2":
            forget_magento_tokens()
            with Magento2Shop(webhook_delay=None) as mage:
                yield MagentoWorld(MageBench(mage), "Wholesale")
        case "magento1":
            BOOK.clear()
            with Magento1Shop(webhook_delay=None) as old:
                yield OldMagentoWorld(MagentoBench(old), "2")
            BOOK.clear()
        case "shopify":
            with ShopifyShop(webhook_delay=None) as shopify:
                bench = ShopifyBench(shopify)
                made = shopify.add_price_list("B2B", bench.currency)
                yield ShopifyWorld(bench, number_of(made["id"]))
        case "bigcommerce":
            with BigCommerceShop(webhook_delay=None) as big:
                yield BigCommerceWorld(BigCommerceBench(big), str(big.add_price_list("Wholesale")["id"]))
        case _:
            forget_norce_tokens()
            forget_lookups()
            with NorceShop(webhook_delay=None) as norce:
                norce.add_price_list("B2B")
                yield NorceWorld(NorceBench(norce), "B2B")


def _site_of(bench: Bench, platform: str) -> Site:
    """A site with the keys and options of the bench."""
    connection = bench.adapter().connection
    site = Site(
        code="LISTS",
        site_type=platform,
        url=connection.url,
        currency=bench.currency,
        time_zone=connection.time_zone,
        platform_options=dict(connection.options),
        update_prices=True,
    )
    set_credentials(site, connection.credentials)
    site.save()
    return site
