"""Where the prices of a document go: the base prices of its shops, or the lists and groups that show its price list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from pricing.models import PriceClassification, PriceUpdaterDoc, PriceUpdaterLine
from pricing.services.list_requests import chain_of, parent_lists
from sites.models import PriceListLine, Site

ONE = Decimal(1)
#: (site, item, price list or None, from quantity): one figure of a queue.
TargetKey = tuple[int, int, int | None, Decimal]


@dataclass(frozen=True, slots=True)
class Target:
    """price_list_id None: the base prices."""

    site: Site
    price_list_id: int | None = None

    def takes(self, line: PriceUpdaterLine) -> bool:
        return self.price_list_id is not None or line.min_quantity <= ONE

    def quantity_of(self, line: PriceUpdaterLine) -> Decimal:
        return ONE if self.price_list_id is None else max(line.min_quantity, ONE)

    def key_of(self, line: PriceUpdaterLine) -> TargetKey:
        return self.site.pk, line.item_id, self.price_list_id, self.quantity_of(line)


def targets_of(document: PriceUpdaterDoc) -> list[Target]:
    """A document whose price list a site maps goes to the list or group of the shop. Retail prices go to the base prices,
    unless their list is one of a group and not that of the shop's base prices. A single customer's stay in the ERP."""
    if document.price_classification == PriceClassification.CUSTOMER:
        return []
    sites = list(document.sites.select_related("price_source_list"))
    mapped = mapped_sites(document)
    parents = parent_lists() if mapped else {}
    found: dict[int, list[Target]] = defaultdict(list)
    for site in sites:
        in_list = site.pk in mapped and site.capabilities.price_lists
        is_source = in_list and document.price_list_id in chain_of(site.price_source_list_id, parents)
        if document.price_classification == PriceClassification.RETAIL and (not in_list or is_source):
            found[site.pk].append(Target(site))
        if in_list:
            found[site.pk].append(Target(site, document.price_list_id))
    return [target for site in sites for target in found[site.pk]]


def mapped_sites(document: PriceUpdaterDoc) -> set[int]:
    """Sites that show the document's price list in a list or group of their shop."""
    if document.price_list_id is None:
        return set()
    lines = PriceListLine.objects.filter(price_list_id=document.price_list_id, active=True)
    return set(lines.values_list("site_id", flat=True))
