"""The entity sets of Query, made from the tables when they are asked for."""

from collections.abc import Callable
from typing import Any

from sandbox.norce.answers import Json
from sandbox.norce.odata import Moment
from sandbox.norce.state import CULTURES, ORDER_STATUSES, SALES_AREA, Store


def product_skus(store: Store) -> list[Json]:
    onhands: dict[str, list[Json]] = {}
    for row in store.onhands.values():
        onhands.setdefault(row["PartNo"], []).append(_onhand(store, row))
    prices: dict[str, list[Json]] = {}
    for row in store.prices.values():
        prices.setdefault(row["PartNo"], []).append(_price(store, row))
    found = []
    for sku in store.skus.values():
        product = store.products[sku["_product"]]
        found.append(
            {
                "Id": sku["Id"],
                "PartNo": sku["PartNo"],
                "ProductId": product["Id"],
                "ManufacturerPartNo": sku["ManufacturerPartNo"],
                "StatusId": sku["Status"],
                "TypeId": sku["Type"],
                "EanCode": sku["EanCode"],
                "IsBuyable": sku["IsBuyable"],
                "ActualWeight": sku["ActualWeight"],
                "Created": Moment(sku["_created"]),
                "Updated": Moment(sku["_updated"]),
                "Product": _product(store, product),
                "PriceLists": prices.get(sku["PartNo"], []),
                "Onhands": onhands.get(sku["PartNo"], []),
                "Cultures": [
                    {"CultureCode": code, **texts} for code, texts in sorted(sku["Cultures"].items())
                ],
            }
        )
    return found


def _product(store: Store, product: Json) -> Json:
    texts = product["Cultures"]
    first: Json = texts.get(CULTURES[0]) or next(iter(texts.values()), {})
    return {
        "Id": product["Id"],
        "Code": product["Code"] or None,
        "Name": first.get("Name", ""),
        "ManufacturerCode": product["ManufacturerCode"],
        "Created": Moment(product["_created"]),
        "Updated": Moment(product["_updated"]),
    }


def products(store: Store) -> list[Json]:
    return [
        {
            **_product(store, product),
            "Cultures": [
                {"CultureCode": code, **texts} for code, texts in sorted(product["Cultures"].items())
            ],
            "Categories": [{"Code": code} for code in product["Categories"]],
        }
        for product in store.products.values()
    ]


def _price(store: Store, row: Json) -> Json:
    price_list = store.price_lists[row["PriceListCode"]]
    return {
        "PartNo": row["PartNo"],
        "PriceListId": price_list["Id"],
        "QtyBreak": row["QuantityBreak"],
        "PriceSale": row["PriceSale"],
        "PriceStandard": row["PriceSale"],
        "PriceRecommended": row["PriceRecommended"],
        "IsActive": row["IsActive"],
        "Updated": Moment(row["Updated"]),
    }


def sku_price_lists(store: Store) -> list[Json]:
    return [_price(store, row) for row in store.prices.values()]


def _onhand(store: Store, row: Json) -> Json:
    return {
        "PartNo": row["PartNo"],
        "WarehouseId": store.warehouses[row["WarehouseCode"]]["Id"],
        "WarehouseCode": row["WarehouseCode"],
        "LocationCode": row["LocationCode"],
        "OnhandValue": row["OnhandValue"],
        "ReservationValue": reserved(store, row["PartNo"]),
        "IncomingValue": row["IncomingValue"],
        "IsActive": row["IsActive"],
        "Updated": Moment(row["Updated"]),
    }


def sku_onhands(store: Store) -> list[Json]:
    return [_onhand(store, row) for row in store.onhands.values()]


def reserved(store: Store, part_no: str) -> int:
    """Pieces of open orders: Norce keeps them beside the figure on hand."""
    return int(
        sum(
            line["Quantity"]
            for order in store.orders.values()
            if order["_status"] in ("Created", "Allocation", "Confirmed", "BackOrder", "Acknowledged")
            for line in order["Items"]
            if line["PartNo"] == part_no
        )
    )


def orders(store: Store) -> list[Json]:
    """Field names beyond the navigation properties are this sandbox's reading; clients must take other ones too."""
    visible = store.stamp() - store.options.query_lag
    return [order_entity(store, order) for order in store.orders.values() if order["_created"] <= visible]


def order_entity(store: Store, order: Json) -> Json:
    head = {
        name: value
        for name, value in order.items()
        if not name.startswith("_")
        and name not in ("Header", "SellTo", "BillTo", "ShipTo", "Items", "AdditionalInfo", "SubmitDate")
    }
    return {
        "Id": order["_id"],
        "OrderNo": str(order["_id"]),
        "ApplicationId": store.options.application,
        **head,
        "StatusId": ORDER_STATUSES.index(order["_status"]),
        "OrderDate": Moment(order["_created"]),
        "Created": Moment(order["_created"]),
        "Updated": Moment(order["_updated"]),
        "Buyer": order["SellTo"],
        "Payer": order["BillTo"],
        "ShipTo": order["ShipTo"],
        "Items": order["Items"],
        "Infos": order["AdditionalInfo"],
    }


def invoices(store: Store) -> list[Json]:
    return [
        {**{k: v for k, v in row.items() if not k.startswith("_")}, "Updated": Moment(row["_updated"])}
        for row in store.invoices.values()
    ]


def delivery_notes(store: Store) -> list[Json]:
    return [
        {**{k: v for k, v in row.items() if not k.startswith("_")}, "Updated": Moment(row["_updated"])}
        for row in store.notes.values()
    ]


def customers(store: Store) -> list[Json]:
    return [{**row, "Updated": Moment(row["Updated"])} for row in store.customers.values()]


def companies(store: Store) -> list[Json]:
    return [{**row, "Updated": Moment(row["Updated"])} for row in store.companies.values()]


def client_price_lists(store: Store) -> list[Json]:
    return [
        {
            "PriceListId": row["Id"],
            "IsActive": row["IsActive"],
            "PriceList": {name: row[name] for name in ("Id", "Code", "Name", "CurrencyCode", "IsPrimary")},
        }
        for row in store.price_lists.values()
    ]


def application_price_lists(store: Store) -> list[Json]:
    return [
        {
            "ApplicationId": store.options.application,
            "PriceListId": row["Id"],
            "IsPrimary": row["IsPrimary"],
        }
        for row in store.price_lists.values()
    ]


def client_warehouses(store: Store) -> list[Json]:
    return [
        {
            "WarehouseId": row["Id"],
            "Code": row["Code"],
            "Name": row["Name"],
            "IsActive": row["IsActive"],
            "Locations": [{"Code": code, "Name": code} for code in row["Locations"]],
        }
        for row in store.warehouses.values()
    ]


def categories(store: Store) -> list[Json]:
    return [dict(row) for row in store.categories.values()]


def structure_items(store: Store) -> list[Json]:
    return [
        {"Id": row["Id"], "CategoryId": row["Id"], "ParentId": row["ParentId"], "CategoryStructureId": 1}
        for row in store.categories.values()
    ]


def _table(*rows: tuple[Any, ...], names: tuple[str, ...]) -> Callable[[Store], list[Json]]:
    return lambda store: [dict(zip(names, row, strict=True)) for row in rows]


def currencies(store: Store) -> list[Json]:
    return [
        {"Id": 1, "Code": store.options.currency, "DefaultName": store.options.currency, "IsPrimary": True}
    ]


def applications(store: Store) -> list[Json]:
    options = store.options
    return [
        {
            "Id": options.application,
            "Key": options.application_key,
            "Name": options.application_name,
            "ClientId": options.client,
        }
    ]


def vat_codes(store: Store) -> list[Json]:
    return [
        {"Id": 1, "Code": "STANDARD", "VatRate": int(store.options.vat), "SalesAreaId": SALES_AREA},
        {"Id": 2, "Code": "ZERO", "VatRate": 0, "SalesAreaId": SALES_AREA},
    ]


_NAMES = ("Id", "Code", "DefaultName")
#: entity set -> (rows, navigation properties, key)
SETS: dict[str, tuple[Callable[[Store], list[Json]], set[str], str]] = {
    "Products/ProductSkus": (product_skus, {"Product", "PriceLists", "Onhands", "Cultures"}, "PartNo"),
    "Products/Products": (products, {"Cultures", "Categories"}, "Id"),
    "Products/ProductSkuPriceLists": (sku_price_lists, set(), "PartNo"),
    "Products/ProductSkuOnhands": (sku_onhands, set(), "PartNo"),
    "Orders/Orders": (orders, {"Items", "Payer", "Buyer", "ShipTo", "Infos"}, "Id"),
    "Orders/Invoices": (invoices, {"Items"}, "InvoiceNo"),
    "Orders/DeliveryNotes": (delivery_notes, {"DeliveryNoteItems", "DeliveryNotePackages"}, "NoteNo"),
    "Customers/Customers": (customers, {"DeliveryAddresses", "AdditionalInfo"}, "Id"),
    "Customers/Companies": (companies, {"DeliveryAddresses"}, "Id"),
    "Application/Applications": (applications, set(), "Id"),
    "Application/ClientPriceLists": (client_price_lists, {"PriceList"}, "PriceListId"),
    "Application/ApplicationPriceLists": (application_price_lists, set(), "PriceListId"),
    "Application/ClientWarehouses": (client_warehouses, {"Locations"}, "WarehouseId"),
    "Application/Categories": (categories, set(), "Id"),
    "Application/CategoryStructures": (_table((1, "MAIN", "Main"), names=_NAMES), set(), "Id"),
    "Application/CategoryStructureItems": (structure_items, set(), "Id"),
    "Application/ClientCurrencies": (currencies, set(), "Id"),
    "Application/ApplicationCultures": (
        lambda store: [{"CultureCode": code} for code in CULTURES],
        set(),
        "CultureCode",
    ),
    "Application/OrderInfoTypes": (_table((1, "ERP", "ERP"), names=_NAMES), set(), "Id"),
    "Core/VatCodes": (vat_codes, set(), "Id"),
    "Core/DeliveryMethods": (
        _table((1, "HOME", "Home delivery"), (2, "PICKUP", "Pick up"), names=_NAMES),
        set(),
        "Id",
    ),
    "Core/PaymentMethods": (
        _table((1, "CARD", "Card"), (2, "INVOICE", "Invoice"), (3, "GIFTCARD", "Gift card"), names=_NAMES),
        set(),
        "Id",
    ),
    "Core/SkuStatuses": (
        _table((1, "Active", "Active"), (4, "Hidden", "Hidden"), (5, "Inactive", "Inactive"), names=_NAMES),
        set(),
        "Id",
    ),
}
