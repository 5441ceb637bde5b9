"""The routes of multi-source inventory."""

from decimal import Decimal
from typing import Any

from sandbox.magento2 import limits, search, stock
from sandbox.magento2.call import Call, as_decimal, as_int, num
from sandbox.magento2.errors import MageError, no_such, required
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json, Source, SourceItem, Stock

_FAILED = "Could not save Source Item"


# Source items.


def item_json(row: SourceItem) -> Json:
    return {
        "sku": row.sku,
        "source_code": row.source_code,
        "quantity": num(row.quantity),
        "status": row.status,
    }


def list_items(call: Call) -> Json:
    return search.answer(
        call,
        list(call.store.source_items.values()),
        getattr,
        item_json,
        frozenset({"sku", "source_code", "quantity", "status"}),
    )


def save_items(call: Call) -> list[Any]:
    """All or nothing, and nobody asks whether a product has the SKU."""
    rows = call.rows("sourceItems")
    limits.check(call, rows, "\\Magento\\InventoryApi\\Api\\Data\\SourceItemInterface")
    call.app.counters.rows(call.template, "sourceItems", len(rows))
    if not rows:
        raise MageError("Input data is empty")
    problems = [problem for row in rows for problem in _problems(row)]
    if problems:
        text, parameters = problems[0]
        filled = MageError(text, parameters).filled()
        raise MageError(f"Validation Failed: {filled}", errors=problems)
    _refused_by_fault(call, [str(row["sku"]) for row in rows])
    if any(str(row["source_code"]) not in call.store.sources for row in rows):
        raise MageError(_FAILED)
    for row in rows:
        stock.put_source_item(
            call.store,
            str(row["sku"]),
            str(row["source_code"]),
            as_decimal(row["quantity"]),
            as_int(row["status"]),
        )
    return []


def _problems(row: Json) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [
        ('"%field" can not be empty.', {"field": name})
        for name in ("sku", "source_code")
        if not str(row.get(name) or "").strip()
    ]
    if row.get("quantity") is None:
        found.append(('"%field" can not be empty.', {"field": "quantity"}))
    else:
        as_decimal(row["quantity"])
    status = row.get("status")
    if status is None or isinstance(status, bool) or str(status) not in ("0", "1"):
        found.append(('"%field" should a known status.', {"field": "status"}))
    return found


def _refused_by_fault(call: Call, skus: list[str]) -> None:
    fault = call.request.fault("batch_fail") if call.request else None
    if fault is None:
        return
    wanted = fault.params.get("skus")
    if wanted is None or set(wanted) & set(skus):
        raise MageError(str(fault.params.get("message", _FAILED)))


def delete_items(call: Call) -> list[Any]:
    rows = call.rows("sourceItems")
    if not rows:
        raise MageError("Input data is empty")
    for row in rows:
        key = (str(row.get("sku", "")).lower(), str(row.get("source_code", "")))
        if call.store.source_items.pop(key, None) is None:
            raise MageError("Could not delete Source Items")
    return []


# Sources and stocks.


def source_json(row: Source) -> Json:
    return {
        "source_code": row.code,
        "name": row.name,
        "enabled": row.enabled,
        "country_id": row.country_id,
        "postcode": row.postcode,
        "use_default_carrier_config": True,
        "carrier_links": [],
        **row.extra,
    }


def _source_value(row: Source, name: str) -> Any:
    return source_json(row).get(name)


def list_sources(call: Call) -> Json:
    return search.answer(call, list(call.store.sources.values()), _source_value, source_json)


def get_source(call: Call) -> Json:
    return source_json(_source(call))


def _source(call: Call) -> Source:
    found = call.store.sources.get(call.args["sourceCode"])
    if found is None:
        raise MageError(
            'Source with code "%value" does not exist.', {"value": call.args["sourceCode"]}, status=404
        )
    return found


def save_source(call: Call) -> list[Any]:
    row = call.object("source")
    code = call.args.get("sourceCode") or str(row.get("source_code") or "")
    problems = [
        ('"%field" can not be empty.', {"field": name})
        for name in ("source_code", "name", "country_id", "postcode")
        if not (code if name == "source_code" else row.get(name) or call.args.get("sourceCode"))
    ]
    if problems:
        raise MageError(
            f"Validation Failed: {MageError(*problems[0]).filled()}", errors=[(t, p) for t, p in problems]
        )
    known = call.store.sources.get(code)
    source = known or Source(code, str(row.get("name")))
    source.name = str(row.get("name", source.name))
    source.enabled = bool(row.get("enabled", source.enabled))
    source.country_id = str(row.get("country_id", source.country_id))
    source.postcode = str(row.get("postcode", source.postcode))
    extra = ("city", "street", "phone", "contact_name", "email", "description", "latitude", "longitude")
    source.extra.update({k: v for k, v in row.items() if k in extra})
    call.store.sources[code] = source
    return []


def stock_json(row: Stock) -> Json:
    channels = [{"type": "website", "code": code} for code in row.websites]
    return {"stock_id": row.id, "name": row.name, "extension_attributes": {"sales_channels": channels}}


def list_stocks(call: Call) -> Json:
    rows = list(call.store.stocks.values())
    return search.answer(call, rows, lambda row, name: stock_json(row).get(name), stock_json)


def get_stock(call: Call) -> Json:
    return stock_json(_stock(call))


def _stock(call: Call) -> Stock:
    found = call.store.stocks.get(as_int(call.args["stockId"]))
    if found is None:
        raise no_such("stock_id", call.args["stockId"])
    return found


def list_links(call: Call) -> Json:
    rows = [
        {"stock_id": s.id, "source_code": code, "priority": priority}
        for s in call.store.stocks.values()
        for code, priority in s.sources.items()
    ]
    return search.answer(call, rows, lambda row, name: row.get(name), lambda row: row)


def save_links(call: Call) -> list[Any]:
    for row in call.rows("links"):
        stock_row = call.store.stocks.get(as_int(row.get("stock_id")))
        code = str(row.get("source_code"))
        if stock_row is None or code not in call.store.sources:
            raise MageError("Could not save StockSourceLinks")
        stock_row.sources[code] = as_int(row.get("priority", 1))
    return []


# What can be sold.


def salable_quantity(call: Call) -> Any:
    sku = call.args["sku"]
    if call.store.by_sku(sku) is None:
        raise MageError(
            "The product that was requested doesn't exist. Verify the product and try again.", status=404
        )
    return num(stock.salable(call.store, sku, _stock(call).id))


def is_salable(call: Call) -> bool:
    return stock.is_salable(call.store, call.args["sku"], _stock(call).id)


def are_salable(call: Call) -> list[Json]:
    skus, stock_id = call.query.get("skus"), call.query.get("stockId")
    if not skus or not stock_id:
        raise required("skus" if not skus else "stockId")
    call.args["stockId"] = str(stock_id)
    found = _stock(call).id
    names = list(skus.values()) if isinstance(skus, dict) else [skus]
    return [
        {"sku": sku, "stock_id": found, "salable": stock.is_salable(call.store, sku, found)} for sku in names
    ]


def resolve_stock(call: Call) -> Json:
    kind, code = call.args["type"], call.args["code"]
    found = next((s for s in call.store.stocks.values() if kind == "website" and code in s.websites), None)
    if found is None:
        raise MageError("No linked stock found", status=404)
    return stock_json(found)


def export_salable(call: Call) -> Json:
    found = stock.stock_of_website(call.store, call.args["salesChannelCode"])
    products = [p for p in call.store.products.values() if p.type_id in ("simple", "virtual")]

    def show(product: Any) -> Json:
        return {
            "sku": product.sku,
            "qty": num(stock.salable(call.store, product.sku, found.id)),
            "is_salable": stock.is_salable(call.store, product.sku, found.id),
        }

    return search.answer(call, products, lambda p, name: show(p).get(name), show)


def low_quantity(call: Call) -> Json:
    """From which quantity on staff are told; without a setting of its own, the shop's."""
    sku, code = call.args["sku"], call.args["sourceCode"]
    if stock.source_item(call.store, sku, code) is None:
        raise no_such("sku", sku)
    return {"source_code": code, "sku": sku, "notify_stock_qty": 1}


# Many products at once.


def assign(call: Call) -> int:
    made = 0
    for sku, code in _pairs(call):
        if stock.source_item(call.store, sku, code) is None:
            stock.put_source_item(call.store, sku, code, Decimal(0), 0)
            made += 1
    return made


def unassign(call: Call) -> int:
    return sum(
        call.store.source_items.pop((sku.lower(), code), None) is not None for sku, code in _pairs(call)
    )


def _pairs(call: Call) -> list[tuple[str, str]]:
    codes = [str(c) for c in call.rows("sourceCodes")]
    if any(code not in call.store.sources for code in codes):
        raise MageError("Validation Failed", errors=[('Source "%code" does not exist', {"code": codes[0]})])
    return [(str(sku), code) for sku in call.rows("skus") for code in codes]


def transfer(call: Call) -> bool:
    """Everything of the SKUs from one source to another."""
    origin, target = str(call.body.get("originSource")), str(call.body.get("destinationSource"))
    if origin not in call.store.sources or target not in call.store.sources:
        raise MageError("Validation Failed", errors=[("Source does not exist", {})])
    for sku in call.rows("skus"):
        row = call.store.source_items.get((str(sku).lower(), origin))
        if row is not None:
            _move(call, str(sku), origin, target, row.quantity)
            if call.body.get("unassignFromOrigin"):
                call.store.source_items.pop((str(sku).lower(), origin), None)
    return True


def partial_transfer(call: Call) -> list[Any]:
    origin, target = str(call.body.get("originSourceCode")), str(call.body.get("destinationSourceCode"))
    for row in call.rows("items"):
        sku, quantity = str(row.get("sku")), as_decimal(row.get("qty"))
        held = stock.source_item(call.store, sku, origin)
        if held is None or held.quantity < quantity:
            raise MageError("Requested transfer amount for sku %sku is not available", {"sku": sku})
        _move(call, sku, origin, target, quantity)
    return []


def _move(call: Call, sku: str, origin: str, target: str, quantity: Decimal) -> None:
    taken = stock.source_item(call.store, sku, origin)
    given = stock.source_item(call.store, sku, target) or stock.put_source_item(
        call.store, sku, target, Decimal(0), 1
    )
    if taken is not None:
        taken.quantity -= quantity
        given.quantity += quantity


_API = "Magento_InventoryApi::"
_SALES = "Magento_InventorySalesApi::stock"
LINES: list[Line] = [
    ("GET", "/V1/inventory/source-items", list_items, f"{_API}source"),
    ("POST", "/V1/inventory/source-items", save_items, f"{_API}source"),
    ("POST", "/V1/inventory/source-items-delete", delete_items, f"{_API}source"),
    ("GET", "/V1/inventory/sources", list_sources, f"{_API}source"),
    ("POST", "/V1/inventory/sources", save_source, f"{_API}source_edit"),
    ("GET", "/V1/inventory/sources/:sourceCode", get_source, f"{_API}source"),
    ("PUT", "/V1/inventory/sources/:sourceCode", save_source, f"{_API}source_edit"),
    ("GET", "/V1/inventory/stocks", list_stocks, f"{_API}stock"),
    ("GET", "/V1/inventory/stocks/:stockId", get_stock, f"{_API}stock"),
    ("GET", "/V1/inventory/stock-source-links", list_links, f"{_API}stock_source_link"),
    ("POST", "/V1/inventory/stock-source-links", save_links, f"{_API}stock_source_link"),
    ("GET", "/V1/inventory/get-product-salable-quantity/:sku/:stockId", salable_quantity, _SALES),
    ("GET", "/V1/inventory/is-product-salable/:sku/:stockId", is_salable, _SALES),
    ("GET", "/V1/inventory/are-products-salable", are_salable, _SALES),
    ("GET", "/V1/inventory/stock-resolver/:type/:code", resolve_stock, _SALES),
    ("GET", "/V1/inventory/export-stock-salable-qty/website/:salesChannelCode", export_salable, _SALES),
    ("GET", "/V1/inventory/low-quantity-notification/:sku/:sourceCode", low_quantity, f"{_API}source"),
    ("POST", "/V1/inventory/bulk-product-source-assign", assign, f"{_API}source"),
    ("POST", "/V1/inventory/bulk-product-source-unassign", unassign, f"{_API}source"),
    ("POST", "/V1/inventory/bulk-product-source-transfer", transfer, f"{_API}source"),
    ("POST", "/V1/inventory/bulk-partial-source-transfer", partial_transfer, f"{_API}source"),
]
