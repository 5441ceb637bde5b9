"""The array routes of base prices, special prices and costs: failed rows are answered, good ones are saved."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.magento2 import limits
from sandbox.magento2.call import Call, as_int, num
from sandbox.magento2.errors import MageError, internal_error
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json, Product

_WITH_PRICE = ("simple", "virtual", "downloadable", "bundle")
_INVALID = "Invalid attribute %fieldName = %fieldValue."
Failure = Json
Row = Json


def failure(message: str, *parameters: Any) -> Failure:
    """The names of the parameters are lost in JSON: a bare list."""
    return {"message": message, "parameters": ["" if p is None else str(p) for p in parameters]}


def priced(call: Call, sku: Any, kinds: tuple[str, ...] = _WITH_PRICE) -> Product | None:
    """The product that a row means, when its type has prices of its own."""
    product = call.store.by_sku(str(sku or ""))
    if product is None or product.type_id not in kinds:
        return None
    if product.type_id == "bundle" and str(product.get("price_type")) == "0":
        return None
    return product


def amount(value: Any) -> Decimal | None:
    """None when it is no number, or below zero."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def scope_of(call: Call, row: Row) -> int | None:
    """The store id of a row when there is such a store."""
    number = as_int(row.get("store_id", 0) or 0)
    return number if number == 0 or number in call.store.views else None


def each(call: Call, check: Callable[[Call, Row], Failure | None], kind: str) -> list[Failure]:
    """Runs a row at a time; `check` saves the good ones and returns what is wrong with the others."""
    rows = call.rows("prices")
    limits.check(call, rows, f"\\Magento\\Catalog\\Api\\Data\\{kind}Interface")
    call.app.counters.rows(call.template, "prices", len(rows))
    fault = call.request.fault("batch_fail") if call.request else None
    death = call.request.fault("batch_dies") if call.request else None
    failures = []
    for number, row in enumerate(rows):
        if death is not None and number == int(death.params.get("after", 1)):
            raise internal_error(call.store.token(13))
        if not isinstance(row, dict):
            raise MageError(
                'The "%1" value\'s type is invalid. The "%2" type was expected. Verify and try again.',
                [row, kind],
            )
        if fault is not None and row.get("sku") in fault.params.get("skus", [row.get("sku")]):
            failures.append(failure(str(fault.params.get("message", _INVALID)), "SKU", row.get("sku")))
            continue
        problem = check(call, row)
        if problem is not None:
            failures.append(problem)
    return failures


def asked(call: Call) -> list[Product]:
    """The products of a `*-information` call; an unknown SKU fails all of it."""
    skus = [str(sku) for sku in call.rows("skus")]
    limits.check(call, skus, "string")
    unknown = [sku for sku in skus if call.store.by_sku(sku) is None]
    if unknown and call.options.information_needs_all:
        raise MageError("Requested products don't exist: %sku", {"sku": ", ".join(unknown)}, status=404)
    return [product for sku in skus if (product := call.store.by_sku(sku)) is not None]


# Base prices.


def save_base(call: Call) -> list[Failure]:
    return each(call, _base, "BasePrice")


def _base(call: Call, row: Row) -> Failure | None:
    sku = row.get("sku")
    product = priced(call, sku)
    if product is None:
        return failure(_INVALID, "SKU", sku)
    price = amount(row.get("price"))
    if price is None:
        return failure(_INVALID, "Price", row.get("price"))
    store_id = scope_of(call, row)
    if store_id is None:
        text = f"Requested store is not found. Row ID: SKU = {sku}, Store ID: {row.get('store_id')}."
        return failure(text, sku, row.get("store_id"))
    if store_id and call.options.price_scope == "global" and call.options.at_least(2, 4, 6):
        store_id = 0
    for number in _stores(call, store_id):
        product.values.setdefault(number, {})["price"] = price
    return None


def _stores(call: Call, store_id: int) -> list[int]:
    """With prices per website, one store's row stands for all the views of its website."""
    if store_id == 0 or call.options.price_scope == "global":
        return [store_id]
    return call.store.views_beside(store_id)


def base_information(call: Call) -> list[Json]:
    return [
        {"price": num(Decimal(values["price"])), "store_id": store_id, "sku": product.sku}
        for product in asked(call)
        if product.type_id in _WITH_PRICE
        for store_id, values in product.values.items()
        if values.get("price") is not None
    ]


# Special prices.


def save_special(call: Call) -> list[Failure]:
    return each(call, _special, "SpecialPrice")


def _special(call: Call, row: Row) -> Failure | None:
    product, problem = _special_row(call, row)
    if product is None:
        return problem
    start = str(row.get("price_from") or "") or call.store.moment(call.store.clock.now())
    end = str(row.get("price_to") or "") or None
    taken = _staged(call, product, row, start, end)
    if taken is not None:
        return taken
    values: Json = {
        "special_price": amount(row.get("price")),
        "special_from_date": start,
        "special_to_date": end,
    }
    for number in _stores(call, as_int(row.get("store_id", 0) or 0)):
        product.values.setdefault(number, {}).update(values)
    return None


def _row_id(row: Row) -> str:
    return (
        f"Row ID: SKU = {row.get('sku')}, Store ID: {row.get('store_id', 0)}, "
        f"Price From: {row.get('price_from', '')}, Price To: {row.get('price_to', '')}."
    )


def _id_of(row: Row) -> list[Any]:
    return [row.get("sku"), row.get("store_id", 0), row.get("price_from", ""), row.get("price_to", "")]


def _special_row(call: Call, row: Row) -> tuple[Product | None, Failure | None]:
    """The product when the row is good, otherwise its failure."""
    tail, ids = _row_id(row), _id_of(row)
    product = priced(call, row.get("sku"))
    if product is None:
        return None, failure(
            f"The product that was requested doesn't exist. Verify the product and try again. {tail}", *ids
        )
    if amount(row.get("price")) is None:
        return None, failure(f"Invalid attribute Price = {row.get('price')}. {tail}", row.get("price"), *ids)
    store_id = scope_of(call, row)
    if store_id is None:
        return None, failure(f"Requested store is not found. {tail}", *ids)
    if store_id and call.options.price_scope == "global":
        return None, failure(f"Could not change non global Price when price scope is global. {tail}", *ids)
    for label, name in (("Price From", "price_from"), ("Price To", "price_to")):
        value = row.get(name)
        if value and not _is_date(str(value)):
            return None, failure(f"Invalid attribute {label} = {value}. {tail}", label, value, *ids)
    return product, None


def _is_date(text: str) -> bool:
    for pattern in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            datetime.strptime(text, pattern)  # noqa: DTZ007 - stored as sent, read in the store's zone later
        except ValueError:
            continue
        return True
    return False


def _staged(call: Call, product: Product, row: Row, start: str | None, end: str | None) -> Failure | None:
    """Commerce makes scheduled updates of special prices: both ends are needed, windows may not overlap."""
    if not call.options.commerce:
        return None
    tail, ids = _row_id(row), _id_of(row)
    if not row.get("price_from") or not row.get("price_to"):
        label = "Price To" if row.get("price_from") else "Price From"
        return failure(f"Invalid attribute {label} = . {tail}", label, "", *ids)
    held_from, held_to = product.get("special_from_date"), product.get("special_to_date")
    same = (held_from, held_to) == (start, end)
    if held_from and held_to and not same and str(start) < str(held_to) and str(end) > str(held_from):
        return failure(
            "Future Update already exists in this time range. Set a different range and try again. " + tail,
            *ids,
        )
    return None


def special_information(call: Call) -> list[Json]:
    return [
        {
            "price": num(Decimal(values["special_price"])),
            "store_id": store_id,
            "sku": product.sku,
            "price_from": values.get("special_from_date"),
            "price_to": values.get("special_to_date"),
        }
        for product in asked(call)
        for store_id, values in product.values.items()
        if values.get("special_price") is not None
    ]


def delete_special(call: Call) -> list[Failure]:
    return each(call, _delete_special, "SpecialPrice")


def _delete_special(call: Call, row: Row) -> Failure | None:
    """All four fields must be those of the stored price."""
    product, problem = _special_row(call, row)
    if product is None:
        return problem
    values = product.values.get(as_int(row.get("store_id", 0) or 0), {})
    held = values.get("special_price")
    wanted = (row.get("price_from") or None, row.get("price_to") or None)
    if (
        held is None
        or Decimal(held) != amount(row.get("price"))
        or (values.get("special_from_date"), values.get("special_to_date")) != wanted
    ):
        return failure(f"The requested special price was not found. {_row_id(row)}", *_id_of(row))
    for number in _stores(call, as_int(row.get("store_id", 0) or 0)):
        for code in ("special_price", "special_from_date", "special_to_date"):
            product.values.get(number, {}).pop(code, None)
    return None


# Costs.


def save_cost(call: Call) -> list[Failure]:
    return each(call, _cost, "Cost")


def _cost(call: Call, row: Row) -> Failure | None:
    product = priced(call, row.get("sku"), ("simple", "virtual", "downloadable"))
    if product is None:
        return failure(_INVALID, "SKU", row.get("sku"))
    cost = amount(row.get("cost"))
    if cost is None:
        return failure(_INVALID, "Cost", row.get("cost"))
    store_id = scope_of(call, row)
    if store_id is None:
        text = (
            f"Requested store is not found. Row ID: SKU = {row.get('sku')}, Store ID: {row.get('store_id')}."
        )
        return failure(text, row.get("sku"), row.get("store_id"))
    product.values.setdefault(store_id, {})["cost"] = cost
    return None


def cost_information(call: Call) -> list[Json]:
    return [
        {"cost": num(Decimal(values["cost"])), "store_id": store_id, "sku": product.sku}
        for product in asked(call)
        for store_id, values in product.values.items()
        if values.get("cost") is not None
    ]


_ACL = "Magento_Catalog::products"
LINES: list[Line] = [
    ("POST", "/V1/products/base-prices", save_base, _ACL),
    ("POST", "/V1/products/base-prices-information", base_information, _ACL),
    ("POST", "/V1/products/special-price", save_special, _ACL),
    ("POST", "/V1/products/special-price-information", special_information, _ACL),
    ("POST", "/V1/products/special-price-delete", delete_special, _ACL),
    ("POST", "/V1/products/cost", save_cost, _ACL),
    ("POST", "/V1/products/cost-information", cost_information, _ACL),
]
