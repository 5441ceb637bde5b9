"""What a new shop has: locations, sales channels, languages, the reasons of returns."""

from sandbox.shopify.calls import Row
from sandbox.shopify.state import Store

LOCATIONS = (("Riyadh warehouse", "RUH", "Riyadh"), ("Jeddah warehouse", "JED", "Jeddah"))
RETURN_REASONS = (
    "unwanted",
    "defective",
    "wrong-item",
    "size-too-small",
    "size-too-large",
    "other",
    "unknown",
)


def furnish(store: Store) -> None:
    options = store.options
    for name, code, city in LOCATIONS:
        add_location(store, name, city=city, _code=code)
    for name in ("Online Store", "Point of Sale"):
        store.add("Publication", name=name, autoPublish=name == "Online Store", supportsFuturePublishing=True)
    for position, code in enumerate(options.locales):
        store.add(
            "ShopLocale", locale=code, primary=position == 0, published=True, name=LANGUAGES.get(code, code)
        )
    for handle in RETURN_REASONS:
        store.add(
            "ReturnReasonDefinition", handle=handle, name=handle.replace("-", " ").capitalize(), deleted=False
        )
    add_market(store, "Saudi Arabia", options.base_country, options.currency, primary=True)
    for code, category in TAXONOMY.items():
        gid = f"gid://shopify/TaxonomyCategory/{code}"
        parent = code.rpartition("-")[0]
        store.tables["TaxonomyCategory"][gid] = {
            "id": gid,
            "name": category.rpartition(" > ")[2],
            "fullName": category,
            "level": category.count(" > ") + 1,
            "isRoot": " > " not in category,
            "isLeaf": not any(other.startswith(f"{code}-") for other in TAXONOMY),
            "isArchived": False,
            "parentId": f"gid://shopify/TaxonomyCategory/{parent}" if parent else None,
            "childrenIds": [],
            "ancestorIds": [],
        }


LANGUAGES = {
    "en": "English",
    "ar": "Arabic",
    "fr": "French",
    "de": "German",
    "es": "Spanish",
    "sl": "Slovenian",
}
TAXONOMY = {
    "aa": "Apparel & Accessories",
    "aa-1": "Apparel & Accessories > Clothing",
    "fb": "Food, Beverages & Tobacco",
    "fb-1": "Food, Beverages & Tobacco > Beverages",
    "hg": "Home & Garden",
    "el": "Electronics",
}


def add_location(store: Store, name: str, *, city: str = "", **fields: object) -> Row:
    address = {
        "address1": "1 Warehouse Street",
        "address2": None,
        "city": city or None,
        "country": "Saudi Arabia",
        "countryCode": store.options.base_country,
        "phone": None,
        "province": None,
        "provinceCode": None,
        "zip": "11564",
        "formatted": ["1 Warehouse Street", city, "Saudi Arabia"],
    }
    return store.add(
        "Location",
        name=name,
        isActive=True,
        fulfillsOnlineOrders=True,
        shipsInventory=True,
        isFulfillmentService=False,
        isPrimary=not store.tables["Location"],
        address=address,
        deactivatedAt=None,
        activatable=False,
        deactivatable=True,
        deletable=False,
        **fields,
    )


def add_market(store: Store, name: str, country: str, currency: str, *, primary: bool = False) -> Row:
    return store.add(
        "Market",
        name=name,
        handle=name.lower().replace(" ", "-"),
        status="ACTIVE",
        type="REGION",
        enabled=True,
        primary=primary,
        _country=country,
        _currency=currency,
    )


def add_price_list(
    store: Store,
    name: str,
    currency: str,
    *,
    market: Row | None = None,
    company_locations: list[Row] | None = None,
    percent: float = 0.0,
) -> Row:
    """A price list in a catalogue: for a market, or for locations of companies."""
    row = store.add(
        "PriceList",
        name=name,
        currency=currency,
        parent={
            "adjustment": {
                "type": "PERCENTAGE_DECREASE" if percent <= 0 else "PERCENTAGE_INCREASE",
                "value": abs(percent),
            },
            "settings": {"compareAtMode": "ADJUSTED"},
        },
        _prices={},
        _breaks={},
        _rules={},
    )
    kind = "MarketCatalog" if market else "CompanyLocationCatalog"
    catalog = store.add(
        kind,
        title=name,
        status="ACTIVE",
        _price_list=row["id"],
        _markets=[market["id"]] if market else [],
        _locations=[c["id"] for c in company_locations or []],
    )
    row["_catalog"] = catalog["id"]
    return row
