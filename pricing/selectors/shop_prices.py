"""The price that a shop is to show of an item: resolved, converted, with or without tax, rounded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from ecomsync.common.money import HUNDRED
from erp.models import Item, TaxPlan
from erp.selectors.taxes import resolve_tax
from erp.services.prices import ResolvedPrice, exchange_rate, prices_for_items
from pricing.rounding import round_price
from pricing.sheets import Sheet
from sites.choices import CurrencyConversion, SpecialPriceOwnership
from sites.models import Site


@dataclass(frozen=True, slots=True)
class ShopPrice:
    """What would be sent. `special` None and `clear_special` False: the shop's promotion is left alone."""

    price: Decimal
    currency: str
    rule: str
    special: Decimal | None = None
    special_from: datetime | None = None
    special_to: datetime | None = None
    clear_special: bool = False
    note: str = ""

    @property
    def shown(self) -> str:
        base = f"{self.price} {self.currency}".strip()
        return f"{base} ({self.special})" if self.special is not None else base


@dataclass(frozen=True, slots=True)
class PriceProblem:
    """Why there is no price to send."""

    code: str
    message: str
    cure: str


Answer = ShopPrice | PriceProblem

TAX_MODE_DIFFERS = PriceProblem(
    "tax_mode_differs",
    "The price and the shop differ in whether tax is included, and no tax plan tells the rate.",
    "Choose a tax plan on the site or on the item, or use a price list in the shop's tax mode.",
)
ZERO_PRICE = PriceProblem(
    "zero_price", "The price is zero.", "Enter a price, or send zero by a confirmed price document."
)


def shop_prices(
    *, site: Site, item_ids: Collection[int], sheets: Mapping[int, Sheet] | None = None
) -> dict[int, Answer]:
    """Price or problem per item, in a number of statements that does not depend on how many there are.

    From the site's price list (else the sales prices) as of today. `sheets` are prices of documents; they replace
    the price, and where they name one also the special price.
    """
    wanted = set(item_ids)
    converts = site.currency_conversion == CurrencyConversion.CONVERT
    resolved = prices_for_items(
        item_ids=wanted, price_list=site.price_source_list, currency=site.currency, convert=converts
    )
    taxes = Taxes(site, wanted)
    answers: dict[int, Answer] = {}
    for item_id in wanted:
        sheet = (sheets or {}).get(item_id)
        found = (
            with_sheet(site, sheet, resolved.get(item_id), site.currency) if sheet else resolved.get(item_id)
        )
        if isinstance(found, PriceProblem):
            answers[item_id] = found
        elif found is None:
            answers[item_id] = _no_price(site)
        else:
            answers[item_id] = _finish(site, item_id, found, taxes, sheet)
    return answers


def _finish(site: Site, item_id: int, found: ResolvedPrice, taxes: Taxes, sheet: Sheet | None) -> Answer:
    factor = taxes.factor(item_id, found.prices_include_tax)
    if factor is None:
        return TAX_MODE_DIFFERS
    currency = site.currency or found.currency
    price = round_price(found.price * factor, site.price_rounding, currency)
    if price == 0 and not (sheet is not None and sheet.confirmed):
        return ZERO_PRICE
    answer = ShopPrice(price, currency, found.rule)
    if site.special_price_ownership != SpecialPriceOwnership.ERP:
        unsent = sheet is not None and sheet.special is not None
        note = (
            "The special price was not sent: special prices of this site belong to the shop."
            if unsent
            else ""
        )
        return replace(answer, note=note)
    if found.special_price is None or not _is_wanted(site, found, timezone.now()):
        return replace(answer, clear_special=True)
    special = round_price(found.special_price * factor, site.price_rounding, currency)
    if special >= price:
        note = f"The special price {special} is not below the price {price} and was left out."
        return replace(answer, clear_special=True, note=note)
    return replace(answer, special=special, special_from=found.special_from, special_to=found.special_to)


def _is_wanted(site: Site, found: ResolvedPrice, now: datetime) -> bool:
    """Whether the shop is to have the special price now: one that begins later only where the shop keeps the date."""
    if found.special_to is not None and found.special_to <= now:
        return False
    begun = found.special_from is None or found.special_from <= now
    return begun or site.capabilities.special_price_windows


def with_sheet(
    site: Site, sheet: Sheet, present: ResolvedPrice | None, currency: str
) -> ResolvedPrice | PriceProblem:
    """The price of a document in the wanted currency; without a special price of its own the present one stays."""
    rate = _rate(site, sheet, currency)
    if rate is None:
        return _no_rate(sheet.currency, currency)
    base = present or ResolvedPrice(sheet.price, None, None, None, currency, sheet.prices_include_tax, "")
    mode = sheet.prices_include_tax
    if sheet.special is None:
        kept = base if base.prices_include_tax == mode else replace(base, special_price=None)
        return replace(kept, price=sheet.price * rate, prices_include_tax=mode, rule="price document")
    return ResolvedPrice(
        price=sheet.price * rate,
        special_price=sheet.special * rate,
        special_from=sheet.special_from,
        special_to=sheet.special_to,
        currency=currency,
        prices_include_tax=mode,
        rule="price document",
    )


def _rate(site: Site, sheet: Sheet, currency: str) -> Decimal | None:
    if not sheet.currency or not currency or sheet.currency == currency:
        return Decimal(1)
    if sheet.rate is not None:
        return sheet.rate
    if site.currency_conversion != CurrencyConversion.CONVERT:
        return None
    return exchange_rate(sheet.currency, currency)


def _no_price(site: Site) -> PriceProblem:
    where = f"price list {site.price_source_list.code}" if site.price_source_list else "the item"
    if site.currency_conversion == CurrencyConversion.CONVERT:
        return PriceProblem(
            "no_exchange_rate",
            f"There is no price in {where} that can be converted to {site.currency}.",
            "Enter a price, and the exchange rate of its currency in the ERP.",
        )
    return PriceProblem(
        "currency_differs",
        f"There is no price in {where} in {site.currency or 'any currency'}.",
        "Use a price list in the currency of the shop, or let the site convert currencies.",
    )


def _no_rate(source: str, target: str) -> PriceProblem:
    return PriceProblem(
        "no_exchange_rate",
        f"There is no exchange rate from {source} to {target}.",
        "Enter the rate on the document or in the ERP, and let the site convert currencies.",
    )


class Taxes:
    """Adds tax to net prices or takes it off gross ones, when the shop's mode is known and differs."""

    def __init__(self, site: Site, item_ids: Collection[int]) -> None:
        told = (site.shop_info or {}).get("prices_include_tax")
        self._shop_mode: bool | None = told if isinstance(told, bool) else None
        self._site = site
        self._item_ids = item_ids
        self._plans: dict[int, TaxPlan | None] | None = None
        self._rates: dict[int, Decimal | None] = {}

    def factor(self, item_id: int, includes_tax: bool) -> Decimal | None:
        """What to multiply a price with; None when the rate is not known."""
        if self._shop_mode is None or self._shop_mode == includes_tax:
            return Decimal(1)
        rate = self._rate(item_id)
        if rate is None:
            return None
        gross = 1 + rate / HUNDRED
        return gross if self._shop_mode else 1 / gross

    def _rate(self, item_id: int) -> Decimal | None:
        if self._plans is None:
            rows = Item.objects.filter(pk__in=self._item_ids).select_related("tax_plan")
            self._plans = {item.pk: item.tax_plan for item in rows}
        plan = self._plans.get(item_id) or self._site.tax_plan
        if plan is None:
            return None
        if plan.pk not in self._rates:
            found = resolve_tax(tax_plan=plan)
            self._rates[plan.pk] = found.rate if found else None
        return self._rates[plan.pk]
