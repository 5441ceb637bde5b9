"""Puts the sheet of one item together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

import nh3

from catalog.models import ProductConfig, ProductStatus, ProductType, Visibility
from catalog.sheets.categories import categories_of
from catalog.sheets.copy_lines import Copied, copy_fields, plain
from catalog.sheets.images import images_of
from catalog.sheets.sources import Sources
from ecomsync.common.errors import ConfigurationError
from erp.models import Item
from erp.models.items import ItemType
from linking.models import ItemLinkerLine
from platforms.base import Capabilities
from platforms.types import AttributeSheet, ComponentSheet, ProductSheet

#: Targets of copy lines that are members of the sheet itself; everything else goes into `fields`.
_TEXTS = frozenset({"name", "short_description", "description", "tax_class", "barcode"})
_HTML = frozenset({"short_description", "description"})
#: Kinds of products that consist of others.
COMPOSED = frozenset({"bundle", "grouped"})


@dataclass(frozen=True, slots=True)
class BuiltSheet:
    """A sheet, the fingerprint of what it says, and what it was made from."""

    item: Item
    config: ProductConfig | None
    link: ItemLinkerLine | None
    sheet: ProductSheet
    fingerprint: str
    notes: tuple[str, ...] = ()


class SheetBuilder:
    """Builds the sheets of one batch; asks nothing of the database itself."""

    def __init__(self, sources: Sources, capabilities: Capabilities) -> None:
        self.sources = sources
        self.site = sources.site
        self._can = capabilities
        languages = list(self.site.languages or ())
        self._language = languages[0] if languages else "en"
        self._others = languages[1:] if capabilities.languages else []
        self._takes_attribute_set = any(
            name == "attribute_set" for name, _label in capabilities.fields_of_product
        )

    def build(self, item: Item) -> BuiltSheet:
        """The sheet of an item. Raises ConfigurationError for a copy line or criterion that cannot be used."""
        config, link = self.sources.configs.get(item.pk), self.sources.links.get(item.pk)
        sheet, notes = self._sheet(item, config, link, exists=link is not None)
        standing = sheet if link is not None else self._sheet(item, config, link, exists=True)[0]
        return BuiltSheet(item, config, link, sheet, fingerprint(standing), notes)

    def _sheet(
        self, item: Item, config: ProductConfig | None, link: ItemLinkerLine | None, *, exists: bool
    ) -> tuple[ProductSheet, tuple[str, ...]]:
        sku = config.sku if config else item.code
        copied = copy_fields(item, self.sources.copy_lines, exists=exists, language=self._language)
        category_ids, notes = self._categories(item, config)
        parent, texts = self._parent(item), self._texts(item, config, self._language)
        kind = kind_of(item, config, self._can)
        sheet = ProductSheet(
            key=str(item.pk),
            sku=sku,
            kind=kind,
            active=is_active(item, config),
            visible=None if config is None else config.visibility != Visibility.HIDDEN,
            weight=self._weight(item, config),
            weight_unit=item.weight_unit,
            barcode=next(
                (row.barcode for row in item.barcodes.all() if row.active and row.unit_id is None), None
            ),
            tax_class=config.tax_class or None if config else None,
            category_ids=category_ids,
            attributes=attributes_of(item, config, self._language),
            images=(images_of(item, config, self.sources.images, sku) or None) if self._can.images else None,
            metadata=self._metadata(config),
            remote_id=link.remote_id if link else (config.remote_id if config else ""),
            parent_remote_id=parent.remote_product_id if parent else "",
            parent_sku=self._parent_sku(item),
            allow_create=self.site.create_products,
            name=texts["name"],
            short_description=texts["short_description"],
            description=texts["description"],
            components=self._components(item, kind),
        )
        return self._with_copied(sheet, item, config, copied), notes

    def _texts(self, item: Item, config: ProductConfig | None, language: str) -> dict[str, str | None]:
        """Name and descriptions in a language: the settings first, then the item."""
        own = {text.language: text for text in config.texts.all()} if config else {}
        text = own.get(language) or own.get("")
        arabic = language.startswith("ar")
        short = item.short_description_ar if arabic else item.short_description
        long = item.long_description_ar if arabic else item.long_description
        first, second = (item.name1, item.name2) if arabic else (item.name2, item.name1)
        return {
            "name": (text.name if text else "") or first or second or item.code,
            "short_description": clean_html((text.short_description if text else "") or short),
            "description": clean_html((text.description if text else "") or long),
        }

    def _with_copied(
        self, sheet: ProductSheet, item: Item, config: ProductConfig | None, copied: Copied
    ) -> ProductSheet:
        direct: dict[str, Any] = {}
        fields: dict[str, Any] = {}
        for target, value in copied.values.items():
            if target in _TEXTS:
                text = "" if value is None else str(value)
                direct[target] = clean_html(text) or "" if target in _HTML else text
            elif target == "weight":
                direct["weight"] = Decimal(str(value)) if value not in ("", None) else None
            else:
                fields[target] = value
        if config is not None and config.attribute_set_id and self._takes_attribute_set:
            fields.setdefault("attribute_set", config.attribute_set_id)
        translations: dict[str, dict[str, str]] = {}
        for language in self._others:
            texts = {name: text for name, text in self._texts(item, config, language).items() if text}
            translations[language] = {
                **texts,
                **{k: str(v) for k, v in copied.translations.get(language, {}).items()},
            }
        return replace(sheet, **direct, fields=fields, translations=translations)

    def _weight(self, item: Item, config: ProductConfig | None) -> Decimal | None:
        if config is not None and config.weight is not None:
            return config.weight
        return item.weight if item.weight > 0 else None

    def _metadata(self, config: ProductConfig | None) -> Mapping[str, str]:
        lines = config.custom_attributes_lines.all() if config else ()
        return {line.code: line.value for line in lines if line.language in ("", self._language)}

    def _categories(
        self, item: Item, config: ProductConfig | None
    ) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        """Ids in the shop; None leaves the shop's own assignment alone. Variants stand where their parent stands."""
        if not self._can.push_categories or item.variant_of_id is not None:
            return None, ()
        found = categories_of(item, config, self.sources)
        missing = tuple(category.code for category in found if not category.remote_id)
        ids = tuple(category.remote_id for category in found if category.remote_id)
        notes = (f"Categories not in the shop yet: {', '.join(missing)}.",) if missing else ()
        return ids or None, notes

    def _components(self, item: Item, kind: str) -> tuple[ComponentSheet, ...] | None:
        """The components of a kit, and the products whose settings name this one as their parent: the latter the buyer
        may leave out. Raises ConfigurationError where there is none."""
        if kind not in COMPOSED:
            return None
        rows = [(row.component_id, row.quantity, False) for row in item.components.all()]
        inside = {pk for pk, _quantity, _optional in rows}
        extras = (pk for pk in self.sources.members.get(item.pk, ()) if pk not in inside)
        rows += [(pk, Decimal(1), True) for pk in extras]
        found = tuple(
            self._component(self.sources.items[pk], quantity, optional=optional)
            for pk, quantity, optional in rows
            if pk in self.sources.items
        )
        if not found:
            raise ConfigurationError(
                f"{item.code} is to be a {kind} product in the shop, and the ERP names nothing that it consists of.",
                code="empty_kit",
                cure="Make the item a kit with components, or name it as the parent product in the settings of its parts; "
                "or choose another product type.",
                item=item.code,
            )
        return found

    def _component(self, item: Item, quantity: Decimal, *, optional: bool) -> ComponentSheet:
        config, link = self.sources.configs.get(item.pk), self.sources.links.get(item.pk)
        sku = link.remote_sku if link is not None and link.unit_id is None else ""
        return ComponentSheet(
            key=str(item.pk),
            sku=sku or (config.sku if config else item.code),
            quantity=quantity,
            name=self._texts(item, config, self._language)["name"] or item.code,
            optional=optional,
        )

    def _parent(self, item: Item) -> ItemLinkerLine | None:
        return self.sources.links.get(item.variant_of_id) if item.variant_of_id is not None else None

    def _parent_sku(self, item: Item) -> str:
        if item.variant_of_id is None:
            return ""
        config = self.sources.configs.get(item.variant_of_id)
        parent = self.sources.items.get(item.variant_of_id)
        return config.sku if config else (parent.code if parent else "")


def kind_of(item: Item, config: ProductConfig | None, can: Capabilities) -> str:
    """simple | variable | variant | bundle | grouped, as platforms say. What the shop cannot compose is sold as one
    thing with a stock of its own."""
    if item.variant_of_id is not None:
        return "variant"
    if config is not None and can.bundles and config.product_type == ProductType.BUNDLE:
        return "bundle"
    if config is not None and can.groups and config.product_type == ProductType.GROUPED:
        return "grouped"
    is_configurable = config is not None and config.product_type == ProductType.CONFIGURABLE
    return "variable" if item.item_type == ItemType.TEMPLATE or is_configurable else "simple"


def is_active(item: Item, config: ProductConfig | None) -> bool:
    return item.active and item.sellable and (config is None or config.status == ProductStatus.ENABLED)


def attributes_of(
    item: Item, config: ProductConfig | None, language: str
) -> tuple[AttributeSheet, ...] | None:
    """One value each on a variant, all options of the variants on a template; the settings' own lines win."""
    arabic = language.startswith("ar")
    options: dict[str, dict[str, None]] = {}
    is_template = item.item_type == ItemType.TEMPLATE
    for owner in (*item.variants.all(), item) if is_template else (item,):
        for row in owner.attribute_values.all():
            options.setdefault(row.attribute, {})[(row.value_ar if arabic else "") or row.value] = None
    for_variants = is_template or item.variant_of_id is not None
    sheets = {
        name: AttributeSheet(name, tuple(values), for_variants=for_variants)
        for name, values in options.items()
    }
    for line in config.product_attributes_lines.all() if config else ():
        if line.language in ("", language):
            values = tuple(part.strip() for part in line.value.split(",") if part.strip())
            sheets[line.attribute] = AttributeSheet(line.attribute, values, line.for_variants, line.visible)
    return tuple(sheets.values()) or None


def disabling_sheet(link: ItemLinkerLine, key: str, can: Capabilities) -> ProductSheet:
    """Switches a product off in the shop and touches nothing else."""
    return replace(naming_sheet(link, key, can), active=False)


def naming_sheet(link: ItemLinkerLine, key: str, can: Capabilities) -> ProductSheet:
    """Says which product of the shop is meant, and leaves it as it is."""
    is_variant = bool(link.remote_variant_id)
    kinds = {"variable": True, "bundle": can.bundles, "grouped": can.groups}
    return ProductSheet(
        key=key,
        sku=link.remote_sku,
        kind="variant" if is_variant else (link.remote_kind if kinds.get(link.remote_kind) else "simple"),
        remote_id=link.remote_id,
        parent_remote_id=link.parent_remote_id or (link.remote_product_id if is_variant else ""),
        allow_create=False,
    )


def clean_html(text: str | None) -> str | None:
    """HTML without scripts and the like; None when there is nothing to say, so that the shop's text stays."""
    return nh3.clean(text) if text else None


def fingerprint(sheet: ProductSheet) -> str:
    """Changes with what the sheet says, not with ids that the shop gave."""
    content = asdict(replace(sheet, key="", remote_id="", parent_remote_id="", allow_create=True))
    for image in content.get("images") or ():
        image.pop("remote_id")
        image.pop("content")
    for component in content["components"] or ():
        component.pop("key")
    if content["components"] is None:
        del content["components"]  # as the fingerprints that are stored were made
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=lambda value: str(plain(value)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
