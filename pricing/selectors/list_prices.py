"""The prices that lists and customer groups of a shop are to show: by list, item and quantity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils import timezone

from erp.services.price_breaks import ONE, WantedList, price_breaks
from erp.services.prices import ResolvedPrice
from pricing.rounding import round_price
from pricing.selectors.shop_prices import (
    TAX_MODE_DIFFERS,
    ZERO_PRICE,
    Answer,
    PriceProblem,
    ShopPrice,
    Taxes,
    with_sheet,
)
from pricing.sheets import Sheet
from sites.choices import CurrencyConversion, SpecialPriceOwnership
from sites.models import PriceListLine, Site

#: From quantity (base units) -> what to show from there on.
ListAnswers = Mapping[Decimal, Answer]
#: (ERP price list, item, from quantity) -> prices of a document.
ListSheets = Mapping[tuple[int, int, Decimal], Sheet]


def mapped_lists(*, site: Site) -> list[PriceListLine]:
    """The lists of the ERP that the site shows in lists or groups of its shop."""
    if not site.capabilities.price_lists:
        return []
    lines = PriceListLine.objects.filter(site=site, active=True).select_related("price_list__parent")
    return [_of_site(line, site) for line in lines]


def _of_site(line: PriceListLine, site: Site) -> PriceListLine:
    line.site = site  # not read again for each line
    return line


def list_prices(
    *, site: Site, lines: Sequence[PriceListLine], item_ids: Collection[int], sheets: ListSheets | None = None
) -> dict[int, dict[int, dict[Decimal, Answer]]]:
    """Line -> item -> price or problem by quantity, as of now; what is missing has no price.

    Lists of shops keep no dates, so a special price is there while it runs; where a list holds none beside the price, it
    is the price. The number of statements depends neither on items (one per 500) nor on lists.
    """
    converts = site.currency_conversion == CurrencyConversion.CONVERT
    wanted = {line.pk: WantedList(line.price_list, line.shop_currency, converts) for line in lines}
    resolved = price_breaks(item_ids=item_ids, lists=wanted.values())
    desk = _Desk(site, item_ids)
    found: dict[int, dict[int, dict[Decimal, Answer]]] = {}
    for line in lines:
        key = wanted[line.pk].key
        of_line: dict[int, dict[Decimal, Answer]] = defaultdict(dict)
        for item_id, breaks in resolved[key].items():
            for quantity, price in breaks.items():
                if quantity == ONE or line.with_quantity_breaks:
                    of_line[item_id][quantity] = (
                        _not_in(key[1], line)
                        if price is None
                        else desk.answer(item_id, quantity, price, key[1])
                    )
        for (list_id, item_id, quantity), sheet in (sheets or {}).items():
            if list_id == line.price_list_id and (quantity == ONE or line.with_quantity_breaks):
                present = resolved[key].get(item_id, {}).get(quantity)
                asked = with_sheet(site, sheet, present, key[1])
                of_line[item_id][quantity] = (
                    asked
                    if isinstance(asked, PriceProblem)
                    else desk.answer(item_id, quantity, asked, key[1], confirmed=sheet.confirmed)
                )
        found[line.pk] = dict(of_line)
    return found


def _not_in(currency: str, line: PriceListLine) -> PriceProblem:
    ours = line.price_list.currency
    return PriceProblem(
        "no_exchange_rate",
        f"The price list {line.price_list.code} is in {ours} and cannot be converted to {currency}.",
        "Enter the exchange rate in the ERP and let the site convert currencies, or map a list in that currency.",
    )


class _Desk:
    """Makes of a price of the ERP what a list of the shop is to show now."""

    def __init__(self, site: Site, item_ids: Collection[int]) -> None:
        self._rounding = site.price_rounding
        self._owns_specials = site.special_price_ownership == SpecialPriceOwnership.ERP
        self._has_specials = site.capabilities.price_list_specials
        self._taxes = Taxes(site, item_ids)
        self._now = timezone.now()

    def answer(
        self, item_id: int, quantity: Decimal, found: ResolvedPrice, currency: str, *, confirmed: bool = False
    ) -> Answer:
        factor = self._taxes.factor(item_id, found.prices_include_tax)
        if factor is None:
            return TAX_MODE_DIFFERS
        currency = currency or found.currency
        price = round_price(found.price * factor, self._rounding, currency)
        if price == 0 and not confirmed:
            return ZERO_PRICE
        answer = ShopPrice(price, currency, found.rule)
        if not self._owns_specials:
            return answer
        beside = self._has_specials and quantity == ONE
        answer = replace(answer, clear_special=beside)
        if found.special_price is None or found.at(self._now) != found.special_price:
            return answer
        special = round_price(found.special_price * factor, self._rounding, currency)
        if special >= price:
            note = f"The special price {special} is not below the price {price} and was left out."
            return replace(answer, note=note)
        if beside:
            return replace(answer, special=special, clear_special=False)
        return replace(answer, price=special)
