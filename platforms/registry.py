"""The one list of platforms: name -> label and dotted path. Third parties join by an entry point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from ecomsync.common.errors import ConfigurationError
from platforms.base import PlatformAdapter

ENTRY_POINT_GROUP = "ecomsync.platforms"


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    name: str
    label_en: str
    label_ar: str
    path: str


BUILT_IN: tuple[PlatformEntry, ...] = (
    PlatformEntry(
        "woocommerce", "WooCommerce", "ووكومرس", "platforms.woocommerce.adapter:WooCommerceAdapter"
    ),
    PlatformEntry("magento2", "Magento 2", "ماجنتو 2", "platforms.magento2.adapter:Magento2Adapter"),
    PlatformEntry(
        "magento1",
        "Magento 1 / OpenMage",
        "ماجنتو 1 / OpenMage",
        "platforms.magento1.adapter:Magento1Adapter",
    ),
    PlatformEntry(
        "bigcommerce",
        "BigCommerce",
        "بيج كوميرس",
        "platforms.bigcommerce.adapter:BigCommerceAdapter",
    ),
    PlatformEntry("salla", "Salla", "سلة", "platforms.salla.adapter:SallaAdapter"),
    PlatformEntry("zid", "Zid", "زد", "platforms.zid.adapter:ZidAdapter"),
    PlatformEntry("norce", "Norce Commerce", "نورس كوميرس", "platforms.norce.adapter:NorceAdapter"),
    PlatformEntry("shopify", "Shopify", "شوبيفاي", "platforms.shopify.adapter:ShopifyAdapter"),
    PlatformEntry("custom", "Custom platform", "منصة مخصصة", "platforms.custom.adapter:CustomAdapter"),
)


@cache
def platform_entries() -> dict[str, PlatformEntry]:
    """All platforms by name: ours, then those installed beside us. A name of ours cannot be taken over."""
    entries = {entry.name: entry for entry in BUILT_IN}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        entries.setdefault(point.name, PlatformEntry(point.name, point.name, point.name, point.value))
    return entries


@cache
def adapter_class(name: str) -> type[PlatformAdapter]:
    """The adapter class of a platform, loaded on first use. Raises ConfigurationError."""
    entry = platform_entries().get(name)
    if entry is None:
        known = ", ".join(sorted(platform_entries()))
        raise ConfigurationError(
            f"There is no platform '{name}'.", code="unknown_platform", cure=f"Choose one of: {known}."
        )
    module_name, _, attribute = entry.path.partition(":")
    try:
        loaded = getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as err:
        raise ConfigurationError(
            f"The adapter of platform '{name}' cannot be loaded from '{entry.path}': {err}.",
            code="broken_platform",
            cure="Reinstall the package that provides it, or remove its entry point.",
        ) from err
    if not (isinstance(loaded, type) and issubclass(loaded, PlatformAdapter)):
        raise ConfigurationError(
            f"'{entry.path}' is not a PlatformAdapter.",
            code="broken_platform",
            cure="See platforms/README.md.",
        )
    return loaded
