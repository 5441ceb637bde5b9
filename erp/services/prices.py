"""Prices: which one applies and why, and setting them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import HUNDRED, ZERO, round_money
from erp import signals
from erp.inputs import ItemPriceInput
from erp.models import (
    Customer,
    ExchangeRate,
    Item,
    ItemPrice,
    ItemUnit,
    LegalEntity,
    PriceList,
    UnitOfMeasure,
)
from erp.models.columns import as_amount, as_quantity, plain

CHUNK = 500


@dataclass(frozen=True, slots=True)
class ResolvedPrice:
    """A price and where it comes from. The special price keeps its window, which may lie in the future."""

    price: Decimal
    special_price: Decimal | None
    special_from: dt.datetime | None
    special_to: dt.datetime | None
    currency: str
    prices_include_tax: bool
    rule: str

    def at(self, moment: dt.datetime) -> Decimal:
        """What is to be paid at that moment."""
        starts = self.special_from is None or self.special_from <= moment
        ends = self.special_to is None or moment < self.special_to
        return self.special_price if self.special_price is not None and starts and ends else self.price


def resolve_price(
    *,
    item: Item,
    price_list: PriceList | None = None,
    customer: Customer | None = None,
    quantity: Decimal = Decimal(1),
    on: dt.date | None = None,
    currency: str = "",
    convert: bool = False,
    unit: UnitOfMeasure | None = None,
) -> ResolvedPrice:
    """The price of one item, looked for in this order.

    1. a price of the customer in any list; 2. the customer's list; 3. the lists of the customer's group;
    4. `price_list` (the channel's); 5. the item's special price while it runs, and 6. its sales price.
    A list that lacks the item asks its parent. Lists in another currency are passed over unless `convert`.
    quantity counts in `unit`; a price of that unit wins over that of the base unit times what the unit holds.
    Raises PermanentError "no_price" when there is none in the wanted currency.
    """
    day = on or timezone.localdate()
    lists = _lists_for(customer, price_list)
    wanted = {"on": day, "currency": currency, "convert": convert}
    if unit is not None and unit.pk != item.base_unit_id:
        return _price_of_unit(item, lists, customer, quantity, unit, wanted)
    prices = valid_prices([item.pk], _with_parents(lists), day, quantity=quantity, customer=customer)
    found = _first_of_lists(prices.get(item.pk, ()), lists, currency, convert, day)
    found = found or _in_currency(_from_item(item, _home()), currency, convert, day)
    if found is not None:
        return found
    raise PermanentError(
        f"Item {item.code} has no price{f' in {currency}' if currency else ''}.",
        code="no_price",
        cure="Enter a price in a price list of this currency, or a sales price on the item.",
        item=item.code,
    )


def _price_of_unit(
    item: Item,
    lists: Sequence[PriceList],
    customer: Customer | None,
    quantity: Decimal,
    unit: UnitOfMeasure,
    wanted: Mapping[str, Any],
) -> ResolvedPrice:
    """A price that was entered for this unit, else the price of the base unit times what the unit holds."""
    day, currency, convert = wanted["on"], wanted["currency"], wanted["convert"]
    prices = valid_prices(
        [item.pk], _with_parents(lists), day, quantity=quantity, customer=customer, unit=unit
    )
    found = _first_of_lists(prices.get(item.pk, ()), lists, currency, convert, day)
    if found is not None:
        return found
    held = ItemUnit.objects.filter(item=item, unit=unit).values_list("factor_to_base", flat=True).first()
    if held is None:
        raise PermanentError(
            f"Item {item.code} has no unit {unit.code}.",
            code="unknown_unit",
            cure="Add the unit with its factor on the item, or use the base unit.",
            item=item.code,
        )
    start = lists[0] if lists else None
    base = resolve_price(item=item, price_list=start, customer=customer, quantity=quantity * held, **wanted)
    special = None if base.special_price is None else round_money(base.special_price * held, base.currency)
    return replace(
        base,
        price=round_money(base.price * held, base.currency),
        special_price=special,
        rule=f"{base.rule}, times {plain(held)} in {unit.code}",
    )


def _first_of_lists(
    rows: Sequence[ItemPrice], lists: Sequence[PriceList], currency: str, convert: bool, day: dt.date
) -> ResolvedPrice | None:
    """The customer's own price, else that of the first list (or its parents) that has one."""
    for row in rows:
        if row.customer_id is not None:
            found = price_of_row(row, f"customer price in {row.price_list.code}", currency, convert, day)
            if found is not None:
                return found
    general = [row for row in rows if row.customer_id is None]
    for start in lists:
        found = _first_of_chain(general, list_chain(start), currency, convert, day)
        if found is not None:
            return found
    return None


def prices_for_items(
    *,
    item_ids: Collection[int],
    price_list: PriceList | None,
    on: dt.date | None = None,
    currency: str = "",
    convert: bool = False,
) -> dict[int, ResolvedPrice]:
    """Prices of many items for everybody (no customer), in a constant number of statements per 500 items.

    Items without a price in the wanted currency are left out.
    """
    day = on or timezone.localdate()
    lists = [price_list] if price_list is not None else []
    chain = [link for start in lists for link in list_chain(start)]
    home, result = _home(), {}
    ordered = sorted(set(item_ids))
    for start in range(0, len(ordered), CHUNK):
        ids = ordered[start : start + CHUNK]
        prices = valid_prices(ids, chain, day, quantity=Decimal(1), customer=None)
        for item in Item.objects.filter(pk__in=ids):
            found = _first_of_chain(prices.get(item.pk, ()), chain, currency, convert, day)
            found = found or _in_currency(_from_item(item, home), currency, convert, day)
            if found is not None:
                result[item.pk] = found
    return result


def _first_of_chain(
    rows: Sequence[ItemPrice], chain: Sequence[PriceList], currency: str, convert: bool, day: dt.date
) -> ResolvedPrice | None:
    for link in chain:
        for row in rows:
            if row.price_list_id == link.pk:
                found = price_of_row(row, _list_rule(chain[0], link), currency, convert, day)
                if found is not None:
                    return found
    return None


def _list_rule(start: PriceList, link: PriceList) -> str:
    return (
        f"price list {link.code}"
        if start.pk == link.pk
        else f"price list {link.code}, parent of {start.code}"
    )


def _lists_for(customer: Customer | None, price_list: PriceList | None) -> list[PriceList]:
    lists: list[PriceList] = []
    if customer is not None:
        if customer.price_list is not None:
            lists.append(customer.price_list)
        group = customer.customer_group
        if group is not None:
            if group.price_list is not None:
                lists.append(group.price_list)
            lists.extend(group.price_lists.filter(active=True).order_by("priority", "id"))
    if price_list is not None:
        lists.append(price_list)
    return list({row.pk: row for row in lists if row.active}.values())


def list_chain(start: PriceList) -> list[PriceList]:
    """The list and its parents, each once."""
    chain: list[PriceList] = []
    link: PriceList | None = start
    while link is not None and all(link.pk != seen.pk for seen in chain):
        chain.append(link)
        link = link.parent
    return chain


def _with_parents(lists: Iterable[PriceList]) -> list[PriceList]:
    return list({link.pk: link for start in lists for link in list_chain(start)}.values())


def _runs(row: PriceList, day: dt.date) -> bool:
    return (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or row.valid_to >= day)


def valid_prices(
    item_ids: Sequence[int],
    lists: Sequence[PriceList],
    day: dt.date,
    *,
    quantity: Decimal | None,
    customer: Customer | None,
    unit: UnitOfMeasure | None = None,
) -> dict[int, list[ItemPrice]]:
    """Valid prices per item: largest minimum quantity first, then the latest start. quantity: None for all of them."""
    valid = [row.pk for row in lists if _runs(row, day)]
    owner = Q(customer=None, price_list__in=valid)
    if customer is not None:
        owner |= Q(customer=customer, price_list__active=True)
    reached = Q() if quantity is None else Q(min_quantity__lte=max(quantity, Decimal(1)))
    rows = (
        ItemPrice.objects.filter(
            owner,
            reached,
            Q(valid_from=None) | Q(valid_from__lte=day),
            Q(valid_to=None) | Q(valid_to__gte=day),
            item_id__in=item_ids,
            unit=unit,
        )
        .select_related("price_list")
        .order_by("-min_quantity", "-id")
    )
    found: dict[int, list[ItemPrice]] = {}
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    for group in found.values():
        group.sort(key=lambda row: (row.min_quantity, row.valid_from or dt.date.min), reverse=True)
    return found


def price_of_row(
    row: ItemPrice, rule: str, currency: str, convert: bool, day: dt.date
) -> ResolvedPrice | None:
    price = row.price
    if row.discount_percent:
        price = round_money(price * (HUNDRED - row.discount_percent) / HUNDRED, row.price_list.currency)
    found = ResolvedPrice(
        price=price,
        special_price=row.special_price,
        special_from=row.special_price_from,
        special_to=row.special_price_to,
        currency=row.price_list.currency,
        prices_include_tax=row.price_list.prices_include_tax,
        rule=rule,
    )
    return _in_currency(found, currency, convert, day)


def _home() -> tuple[str, bool]:
    """Currency and tax mode of the prices that stand on items."""
    entity = LegalEntity.objects.order_by("id").first()
    return (entity.base_currency, entity.prices_include_tax) if entity else ("", True)


def _from_item(item: Item, home: tuple[str, bool]) -> ResolvedPrice:
    return ResolvedPrice(
        price=item.sales_price,
        special_price=item.special_price,
        special_from=item.special_price_from,
        special_to=item.special_price_to,
        currency=home[0],
        prices_include_tax=home[1],
        rule="sales price of the item"
        if item.special_price is None
        else "sales and special price of the item",
    )


def _in_currency(found: ResolvedPrice, currency: str, convert: bool, day: dt.date) -> ResolvedPrice | None:
    """The price in the wanted currency; None when it is in another and may not be converted.

    A past special price is dropped.
    """
    if found.special_to is not None and found.special_to <= timezone.now():
        found = replace(found, special_price=None, special_from=None, special_to=None)
    if not currency or not found.currency or found.currency == currency:
        return replace(found, currency=found.currency or currency)
    if not convert:
        return None
    rate = exchange_rate(found.currency, currency, on=day)
    if rate is None:
        return None
    special = None if found.special_price is None else round_money(found.special_price * rate, currency)
    return replace(
        found,
        price=round_money(found.price * rate, currency),
        special_price=special,
        currency=currency,
        rule=f"{found.rule}, converted from {found.currency} at {plain(rate)}",
    )


def exchange_rate(source: str, target: str, *, on: dt.date | None = None) -> Decimal | None:
    """What one unit of `source` is worth in `target`; None without a rate of both (the base currency has 1)."""
    day = on or timezone.localdate()
    base = _home()[0]
    rates: dict[str, Decimal] = {base: Decimal(1)} if base else {}
    rows = ExchangeRate.objects.filter(currency__code__in=(source, target), date__lte=day).order_by("date")
    rates |= dict(rows.values_list("currency__code", "rate_to_base"))
    if source not in rates or target not in rates:
        return None
    return as_quantity(rates[source] / rates[target])


@transaction.atomic
def set_item_prices(*, price_list: PriceList, prices: Sequence[ItemPriceInput]) -> tuple[int, int]:
    """Write prices of a list and announce the changed items once; answers (created, changed).

    Rows with the same item, unit, quantity, customer and start date are replaced; equal ones are left alone.
    """
    PriceList.objects.select_for_update().get(pk=price_list.pk)
    present = _present(price_list, prices)
    created: dict[_PriceKey, ItemPrice] = {}
    changed: list[ItemPrice] = []
    for given in prices:
        if given.price < 0:
            raise PermanentError(
                f"Item {given.item.code}: price {given.price} is below zero.",
                code="negative_price",
                cure="Enter a price of zero or more.",
                item=given.item.code,
            )
        key = _key(given.item.pk, given)
        row = present.get(key) or created.get(key)
        if row is None:
            row = created[key] = ItemPrice(price_list=price_list, item=given.item)
            _fill(row, given)
        elif _fill(row, given) and key in present:
            changed.append(row)
    ItemPrice.objects.bulk_create(created.values(), batch_size=CHUNK)
    now = timezone.now()
    for row in changed:
        row.updated_at = now
    ItemPrice.objects.bulk_update(changed, [*_COLUMNS, "updated_at"], batch_size=100)
    touched = {row.item_id for row in (*created.values(), *changed)}
    if touched:
        signals.price_changed.send(sender=ItemPrice, item_ids=touched, price_list_id=price_list.pk)
    return len(created), len(changed)


_PriceKey = tuple[int, int | None, Decimal, int | None, dt.date | None]
_COLUMNS = (
    "price",
    "discount_percent",
    "special_price",
    "special_price_from",
    "special_price_to",
    "valid_to",
)


def _key(item_id: int, row: ItemPriceInput | ItemPrice) -> _PriceKey:
    return (
        item_id,
        row.unit.pk if row.unit else None,
        as_quantity(row.min_quantity),
        row.customer.pk if row.customer else None,
        row.valid_from,
    )


def _present(price_list: PriceList, prices: Sequence[ItemPriceInput]) -> Mapping[_PriceKey, ItemPrice]:
    ids = sorted({given.item.pk for given in prices})
    found: dict[_PriceKey, ItemPrice] = {}
    for start in range(0, len(ids), CHUNK):
        rows = ItemPrice.objects.filter(price_list=price_list, item_id__in=ids[start : start + CHUNK])
        for row in rows.select_related("unit", "customer"):
            found[_key(row.item_id, row)] = row
    return found


def _fill(row: ItemPrice, given: ItemPriceInput) -> bool:
    """Copy the figures; True when one of them changed."""
    values = {
        "unit_id": given.unit.pk if given.unit else None,
        "customer_id": given.customer.pk if given.customer else None,
        "min_quantity": as_quantity(given.min_quantity),
        "valid_from": given.valid_from,
        "valid_to": given.valid_to,
        "price": as_amount(given.price),
        "discount_percent": given.discount_percent,
        "special_price": None if given.special_price is None else as_amount(given.special_price),
        "special_price_from": given.special_price_from,
        "special_price_to": given.special_price_to,
    }
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return bool(changed)


@transaction.atomic
def set_sales_prices(*, prices: Mapping[int, Decimal]) -> set[int]:
    """Set the sales price on items (item id -> price) and announce those that changed."""
    rows = []
    for item in Item.objects.select_for_update().filter(pk__in=prices).order_by("id"):
        price = as_amount(prices[item.pk])
        if item.sales_price != price:
            item.sales_price = max(price, ZERO)
            item.updated_at = timezone.now()
            rows.append(item)
    Item.objects.bulk_update(rows, ["sales_price", "updated_at"], batch_size=200)
    touched = {item.pk for item in rows}
    if touched:
        signals.price_changed.send(sender=Item, item_ids=touched, price_list_id=None)
    return touched
