"""All rows that the sheets of a batch of items need, read in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from catalog.models import CategoryConfig, CategoryConfigLine, ProductConfig, ProductType, ShopImage
from erp.models import Item, ItemGroup, KitComponent
from linking.models import ItemLinkerLine
from linking.selectors import links_for_items
from sites.models import CopyToEcommerceItemLine, Site


@dataclass
class Sources:
    """items hold their texts, images, barcodes, attributes and (templates) variants; the rest is by item or site."""

    site: Site
    items: dict[int, Item]
    configs: dict[int, ProductConfig]
    links: dict[int, ItemLinkerLine]
    copy_lines: list[CopyToEcommerceItemLine]
    images: dict[tuple[str, str], str]
    categories: list[CategoryConfig]
    group_parents: dict[int, int | None] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)  # what settings put under a bundle or a group

    def groups_under(self, group_id: int) -> set[int]:
        """The group with everything below it."""
        found = {group_id}
        while True:
            more = {pk for pk, parent in self.group_parents.items() if parent in found and pk not in found}
            if not more:
                return found
            found |= more


def load_sources(site: Site, item_ids: Collection[int]) -> Sources:
    """The items asked for, the templates of the variants among them and, where the shop can show them, the parts of
    those that are composed of others."""
    wanted = set(item_ids)
    composes = site.capabilities.bundles or site.capabilities.groups
    members = _members(site, wanted) if composes else {}
    if composes:
        components = KitComponent.objects.filter(kit_id__in=wanted)
        wanted |= set(components.values_list("component_id", flat=True))
        wanted |= {pk for items in members.values() for pk in items}
    variants = Item.objects.filter(pk__in=wanted, variant_of__isnull=False)
    wanted |= set(variants.values_list("variant_of_id", flat=True))
    rows = (
        Item.objects.filter(pk__in=wanted)
        .select_related("item_group", "brand", "tax_plan", "base_unit", "variant_of")
        .prefetch_related("attribute_values", "images", "barcodes", "variants__attribute_values")
    )
    if composes:
        rows = rows.prefetch_related("components")
    items = {item.pk: item for item in rows}
    configs = _configs(site, wanted)
    skus = {config.sku for config in configs.values()} | {item.code for item in items.values()}
    images = ShopImage.objects.filter(site=site, sku__in=skus)
    categories = list(_categories(site))
    needs_groups = any(line.include_subgroups for category in categories for line in category.lines.all())
    return Sources(
        site=site,
        items=items,
        configs=configs,
        links=links_for_items(site=site, item_ids=wanted),
        copy_lines=[line for line in site.copy_to_ecommerce_item_lines.all() if line.active],
        images={(image.sku, image.content_hash): image.remote_id for image in images},
        categories=categories,
        group_parents=dict(ItemGroup.objects.values_list("pk", "parent_id")) if needs_groups else {},
        members=members,
    )


def _members(site: Site, item_ids: Collection[int]) -> dict[int, list[int]]:
    """Items by the one whose settings are named as their parent, in the order of the settings."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = ProductConfig.objects.filter(
        site=site,
        active=True,
        parent_product__active=True,
        parent_product__item_id__in=item_ids,
        parent_product__product_type__in=(ProductType.BUNDLE, ProductType.GROUPED),
    )
    for whole, member in rows.order_by("pk").values_list("parent_product__item_id", "item_id"):
        if member != whole and member not in found[whole]:
            found[whole].append(member)
    return dict(found)


def _configs(site: Site, item_ids: Collection[int]) -> dict[int, ProductConfig]:
    """The settings of each item on this site; of several SKUs the one that is the item's own code, else the first."""
    found: dict[int, list[ProductConfig]] = defaultdict(list)
    rows = (
        ProductConfig.objects.filter(site=site, item_id__in=item_ids, active=True)
        .select_related("item", "parent_product")
        .prefetch_related(
            "texts",
            "category_lines__category",
            "custom_attributes_lines",
            "gallery_lines",
            "product_attributes_lines",
        )
    )
    for config in rows.order_by("pk"):
        found[config.item_id].append(config)
    return {pk: min(rows, key=lambda row: (row.sku != row.item.code, row.pk)) for pk, rows in found.items()}


def _categories(site: Site) -> list[CategoryConfig]:
    """Categories that have rules; the others are only filled by hand."""
    with_rules = CategoryConfigLine.objects.filter(active=True, category__site=site).values("category_id")
    return list(
        CategoryConfig.objects.filter(site=site, active=True, pk__in=with_rules).prefetch_related("lines")
    )
