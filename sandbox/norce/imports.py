"""What each import does with its rows: only the fields that its header lists are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.norce.answers import Json, pick
from sandbox.norce.articles import apply_product, names_of_product, switch_off_products
from sandbox.norce.people import apply_company, apply_customer
from sandbox.norce.run import Run
from sandbox.norce.state import new_onhand, new_price

__all__ = ["IMPORTS", "Run"]

_ONHAND_FIELDS = {
    3: "OnhandValue",
    4: "IncomingValue",
    5: "NextDeliveryDate",
    6: "LeadTimeDayCount",
    8: "MinimumValue",
    9: "MaximumValue",
    10: "IsActive",
    11: "Infos",
}
_PRICE_FIELDS = {
    3: "PriceSale",
    4: "CostPurchase",
    5: "CostUnit",
    6: "PriceRecommended",
    7: "PricePrevious",
    8: "PriceCatalog",
    9: "IsPriceDiscountable",
    10: "IsActive",
    12: "PriceRule",
}
_LIST_FIELDS = {0: "Name", 1: "CurrencyCode", 2: "StartDate", 3: "EndDate", 5: "IsPrimary", 12: "SalesArea"}
_MONEY = {"PriceSale", "CostPurchase", "CostUnit", "PriceRecommended", "PricePrevious", "PriceCatalog"}


@dataclass(frozen=True)
class Import:
    """keys: fields without which a row cannot be read; the first names it."""

    keys: tuple[str, ...]
    apply: Callable[[Run, Json, str], None]
    switch_off: Callable[[Run, Sequence[Json]], None] = lambda run, rows: None
    names: Callable[[Json], set[str]] = field(default=lambda row: {str(pick(row, "PartNo") or "")})


# ---------------------------------------------------------------- stock


def _onhand(run: Run, row: Json, key: str) -> None:
    store = run.store
    warehouse, location = str(pick(row, "WarehouseCode")), str(pick(row, "LocationCode"))
    if key not in store.skus:
        run.refuse(row, "PartNo not found")
        return
    known = store.warehouses.get(warehouse)
    if known is None or location not in known["Locations"]:
        run.refuse(row, f"Warehouse '{warehouse}' with location '{location}' not found", severity=3)
        return
    place = (key, warehouse, location)
    record = store.onhands.get(place)
    run.count(new=record is None)
    if record is None:
        record = store.onhands[place] = new_onhand(*place)
    _set(run, "SkuOnhandFieldsThatAreSet", _ONHAND_FIELDS, row, record, numbers={"OnhandValue"})
    if record["IsActive"] is None:
        record["IsActive"] = True
    record["Updated"] = store.stamp()


def _onhands_off(run: Run, rows: Sequence[Json]) -> None:
    """Within the warehouses and locations of the file, what it does not name is deactivated."""
    named = {tuple(str(pick(row, name)) for name in _ONHAND_KEYS) for row in rows}
    places = {key[1:] for key in named}
    for key, record in run.store.onhands.items():
        if key[1:] in places and key not in named:
            record["IsActive"] = False


_ONHAND_KEYS = ("PartNo", "WarehouseCode", "LocationCode")


# ---------------------------------------------------------------- prices


def _price(run: Run, row: Json, key: str) -> None:
    store = run.store
    code, quantity_break = str(pick(row, "PriceListCode")), int(pick(row, "QuantityBreak") or 1)
    price_list = store.price_lists.get(code)
    if key not in store.skus or price_list is None:
        run.refuse(row, "PartNo not found" if key not in store.skus else f"Price list '{code}' not found")
        return
    currency = pick(row, "CurrencyCode")
    if currency and currency != price_list["CurrencyCode"]:
        run.refuse(row, f"The price list is in {price_list['CurrencyCode']}", severity=3)
        return
    skipped = [_PRICE_FIELDS.get(number, "") for number in run.listed("IgnoreSkuPriceListFieldsWhenEmpty")]
    if any(not pick(row, name) for name in skipped if name):
        run.refuse(row, "The row was skipped, a field is empty", severity=1)
        return
    place = (key, code, quantity_break)
    record = store.prices.get(place)
    run.count(new=record is None)
    if record is None:
        record = store.prices[place] = new_price(*place)
    _set(run, "SkuPriceListFieldsThatAreSet", _PRICE_FIELDS, row, record, kept_when_empty=_MONEY)
    record["Updated"] = store.stamp()


def _prices_off(run: Run, rows: Sequence[Json]) -> None:
    """Of each price list that the file names, what it does not name is deactivated."""
    named = {
        (
            str(pick(row, "PartNo")),
            str(pick(row, "PriceListCode")),
            int(pick(row, "QuantityBreak") or 1),
        )
        for row in rows
    }
    codes = {key[1] for key in named}
    for key, record in run.store.prices.items():
        if key[1] in codes and key not in named:
            record["IsActive"] = False


def _price_list(run: Run, row: Json, key: str) -> None:
    """An unknown code makes a new list; its warehouses and locations are made with it."""
    store = run.store
    run.count(new=key not in store.price_lists)
    record = store.add_price_list(key)
    _set(run, "PriceListFieldsThatAreSet", _LIST_FIELDS, row, record)
    if 7 in run.listed("PriceListFieldsThatAreSet"):
        for warehouse in pick(row, "Warehouses") or []:
            code = str(pick(warehouse, "Code"))
            for location in pick(warehouse, "Locations") or [{"Code": code}]:
                store.add_warehouse(code, str(pick(warehouse, "Name") or code), str(pick(location, "Code")))


def _set(
    run: Run,
    listed: str,
    names: dict[int, str],
    row: Json,
    record: Json,
    *,
    numbers: set[str] | None = None,
    kept_when_empty: set[str] | None = None,
) -> None:
    """Copy the listed fields. A listed field without value empties it, of prices it is ignored."""
    for number in run.listed(listed):
        name = names.get(number)
        if name is None:
            continue
        value = pick(row, name)
        if name in (kept_when_empty or ()):
            if value in (None, 0):
                continue
            value = Decimal(str(value))
        elif name in (numbers or ()):
            value = Decimal(str(value or 0))
        record[name] = value


def _customer_names(row: Json) -> set[str]:
    return {str(pick(row, "Code") or "")}


IMPORTS: dict[str, Import] = {
    "Product/ImportOnhands": Import(_ONHAND_KEYS, _onhand, _onhands_off),
    "Product/ImportSkuPriceLists": Import(("PartNo", "PriceListCode"), _price, _prices_off),
    "Product/ImportPriceLists": Import(("Code",), _price_list, names=_customer_names),
    "Product/ImportProducts": Import(
        ("ManufacturerCode",), apply_product, switch_off_products, names_of_product
    ),
    "Customer/ImportCustomers": Import(("Code",), apply_customer, names=_customer_names),
    "Customer/ImportCompanies": Import(("Code",), apply_company, names=_customer_names),
}
