"""Fields of the shop, its app, locations, languages, channels and files; nodes by id."""

from sandbox.shopify.calls import Call, FieldError, Row, resolves
from sandbox.shopify.connections import connection, filtered, searched
from sandbox.shopify.setup import LANGUAGES
from sandbox.shopify.state import QUANTITIES, number_of
from sandbox.shopify.versions import candidates, supported

COUNTRIES = {
    "SA": "Saudi Arabia",
    "AE": "United Arab Emirates",
    "KW": "Kuwait",
    "EG": "Egypt",
    "FR": "France",
    "DE": "Germany",
    "SI": "Slovenia",
    "US": "United States",
    "GB": "United Kingdom",
    "BH": "Bahrain",
}


def names_are_public(call: Call, what: str) -> None:
    """Protected customer data: raises FieldError unless the app is approved."""
    if not call.options.protected_customer_data:
        raise FieldError(
            f"This app is not approved to access the {what} object. "
            "See https://shopify.dev/docs/apps/launch/protected-customer-data for more details.",
            "ACCESS_DENIED",
            documentation="https://shopify.dev/docs/apps/launch/protected-customer-data",
        )


@resolves("QueryRoot.shop")
def shop(call: Call, row: Row, args: Row) -> Row:
    options = call.options
    offset = call.store.clock.zone.utcoffset(None)
    minutes = int(offset.total_seconds() // 60) if offset else 180
    address = {
        "id": "gid://shopify/ShopAddress/1",
        "address1": "King Fahd Road 12",
        "city": "Riyadh",
        "company": options.name,
        "country": COUNTRIES.get(options.base_country, options.base_country),
        "countryCodeV2": options.base_country,
        "zip": "11564",
        "phone": "+966110000000",
    }
    domain = {
        "id": "gid://shopify/Domain/1",
        "host": options.domain,
        "url": call.app.home,
        "sslEnabled": True,
    }
    return {
        "id": "gid://shopify/Shop/1",
        "name": options.name,
        "email": options.email,
        "contactEmail": options.email,
        "myshopifyDomain": options.domain,
        "primaryDomain": domain,
        "url": f"https://{options.domain}",
        "currencyCode": options.currency,
        "enabledPresentmentCurrencies": [options.currency, *options.presentment],
        "ianaTimezone": call.store.clock.zone_name,
        "timezoneOffset": f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}",
        "timezoneOffsetMinutes": minutes,
        "timezoneAbbreviation": f"{minutes // 60:+03d}",
        "plan": {
            "displayName": options.plan.capitalize(),
            "publicDisplayName": options.plan.capitalize(),
            "partnerDevelopment": False,
            "shopifyPlus": options.plan in ("plus", "enterprise"),
        },
        "taxesIncluded": options.prices_include_tax,
        "taxShipping": True,
        "weightUnit": "KILOGRAMS",
        "unitSystem": "METRIC_SYSTEM",
        "createdAt": "2024-01-01T00:00:00Z",
        "updatedAt": call.now(),
        "description": None,
        "shopAddress": address,
        "billingAddress": address,
        "setupRequired": False,
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "shopOwnerName": "Sandbox Owner",
        "countriesInShippingZones": {"countryCodes": sorted(COUNTRIES), "includeRestOfWorld": False},
        "shipsToCountries": sorted(COUNTRIES),
        "resourceLimits": {
            "maxProductOptions": 3,
            "maxProductVariants": 2048,
            "locationLimit": 1000,
            "redirectLimitReached": False,
        },
    }


@resolves("Shop.currencySettings")
def currency_settings(call: Call, row: Row, args: Row) -> Row:
    codes = [call.options.currency, *call.options.presentment]
    return connection([{"currencyCode": c, "currencyName": c, "enabled": True} for c in codes], args)


@resolves("QueryRoot.publicApiVersions")
def public_versions(call: Call, row: Row, args: Row) -> list[Row]:
    now = call.store.clock.now()
    stable = supported(call.options, now)
    shown: list[Row] = [{"handle": v, "displayName": v, "supported": True} for v in stable]
    shown[-1]["displayName"] += " (Latest)"
    shown += [
        {"handle": v, "displayName": f"{v} (Release candidate)", "supported": False}
        for v in candidates(call.options, now)
    ]
    return [*shown, {"handle": "unstable", "displayName": "unstable", "supported": False}]


@resolves("QueryRoot.currentAppInstallation", "QueryRoot.appInstallation")
def installation(call: Call, row: Row, args: Row) -> Row:
    app = {
        "id": "gid://shopify/App/1",
        "title": "Connector",
        "apiKey": call.options.client_id,
        "handle": "connector",
        "developerName": "Sandbox",
        "webhookApiVersion": call.options.webhook_version,
    }
    return {
        "id": "gid://shopify/AppInstallation/1",
        "app": app,
        "accessScopes": [{"handle": s, "description": s.replace("_", " ")} for s in sorted(call.scopes)],
        "launchUrl": f"{call.app.home}/admin/apps/connector",
        "uninstallUrl": None,
    }


@resolves("QueryRoot.locations", scope="read_locations")
def locations(call: Call, row: Row, args: Row) -> Row:
    rows = [r for r in call.store.rows("Location") if r["isActive"] or args.get("includeInactive")]
    fields = {
        "name": ("text", lambda r: r["name"]),
        "active": ("bool", lambda r: r["isActive"]),
        "created_at": ("time", lambda r: r["createdAt"]),
    }
    return searched(call, rows, args, fields, {"NAME": lambda r: r["name"].lower()}, default="ID")


@resolves("QueryRoot.location", scope="read_locations")
def location(call: Call, row: Row, args: Row) -> Row | None:
    if not args.get("id"):
        return next((r for r in call.store.rows("Location") if r["isPrimary"]), None)
    return call.store.find(args["id"], "Location")


@resolves("Location.hasActiveInventory")
def has_inventory(call: Call, row: Row, args: Row) -> bool:
    return any(row["id"] in at and at[row["id"]]["isActive"] for at in call.store.levels.values())


@resolves("Location.hasUnfulfilledOrders")
def has_unfulfilled(call: Call, row: Row, args: Row) -> bool:
    return any(
        o["_location"] == row["id"] and o["status"] in ("OPEN", "IN_PROGRESS")
        for o in call.store.rows("FulfillmentOrder")
    )


# Nodes.


def node_of(call: Call, gid: str) -> Row | None:
    store = call.store
    kind = gid.split("/")[3] if gid.count("/") >= 4 else ""
    if kind == "InventoryLevel":
        return next((r for at in store.levels.values() for r in at.values() if r["id"] == gid), None)
    if kind == "Metafield":
        return next((m for at in store.metafields.values() for m in at.values() if m["id"] == gid), None)
    if kind == "Shop":
        return {**shop(call, {}, {}), "__typename": "Shop"}
    if kind == "Order":
        return visible_order(call, gid)
    return store.find(gid)


def visible_order(call: Call, gid: str) -> Row | None:
    """Orders older than 60 days are not there without read_all_orders."""
    row = call.store.find(gid, "Order")
    if row is None or "read_all_orders" in call.scopes:
        return row
    return row if row["createdAt"] >= horizon(call) else None


def horizon(call: Call) -> str:
    return call.store.stamp(call.store.clock.now() - 60 * 86400)


@resolves("QueryRoot.node")
def node(call: Call, row: Row, args: Row) -> Row | None:
    return node_of(call, args["id"])


@resolves("QueryRoot.nodes")
def nodes(call: Call, row: Row, args: Row) -> list[Row | None]:
    return [node_of(call, gid) for gid in args["ids"]]


# Things that take their time.


def polled(call: Call, row: Row, done: str, waiting: str, field: str = "status") -> Row:
    """Each look counts; after `async_polls` of them it is done."""
    row["_looks"] = row.get("_looks", 0) + 1
    if row["_looks"] <= call.options.async_polls:
        return {**row, field: waiting}
    row[field] = done
    return row


@resolves("QueryRoot.job")
def job(call: Call, row: Row, args: Row) -> Row | None:
    found = call.store.find(args["id"], "Job")
    if found is None:
        return None
    found["_looks"] = found.get("_looks", 0) + 1
    found["done"] = found["_looks"] > call.options.async_polls
    return found


def new_job(call: Call) -> Row:
    return call.store.add("Job", id=f"gid://shopify/Job/{_uuid(call)}", done=call.options.async_polls == 0)


def _uuid(call: Call) -> str:
    text = call.store.token(32)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


# Languages.


@resolves("QueryRoot.shopLocales", scope="read_locales")
def shop_locales(call: Call, row: Row, args: Row) -> list[Row]:
    wanted = args.get("published")
    return [r for r in call.store.rows("ShopLocale") if not wanted or r["published"]]


@resolves("QueryRoot.availableLocales", scope="read_locales")
def available_locales(call: Call, row: Row, args: Row) -> list[Row]:
    return [{"isoCode": code, "name": name} for code, name in LANGUAGES.items()]


@resolves("QueryRoot.taxonomy")
def taxonomy(call: Call, row: Row, args: Row) -> Row:
    return {"_taxonomy": True}


@resolves("Taxonomy.categories")
def categories(call: Call, row: Row, args: Row) -> Row:
    rows = call.store.rows("TaxonomyCategory")
    if args.get("search"):
        rows = [r for r in rows if str(args["search"]).lower() in r["fullName"].lower()]
    return connection(rows, args)


@resolves("QueryRoot.inventoryProperties", scope="read_inventory")
def inventory_properties(call: Call, row: Row, args: Row) -> Row:
    on_hand = ["available", "committed", "damaged", "quality_control", "reserved", "safety_stock"]
    return {
        "quantityNames": [
            {
                "name": name,
                "displayName": name.replace("_", " ").capitalize(),
                "isInUse": True,
                "belongsTo": ["on_hand"] if name in on_hand else [],
                "comprises": on_hand if name == "on_hand" else [],
            }
            for name in QUANTITIES
        ]
    }


@resolves("QueryRoot.codeDiscountNodes", scope="read_discounts")
def code_discounts(call: Call, row: Row, args: Row) -> Row:
    rows = [
        {
            "id": f"gid://shopify/DiscountCodeNode/{n}",
            "codeDiscount": {"__typename": "DiscountCodeBasic", "title": code, "summary": code},
        }
        for n, code in enumerate(call.store.discounts, 1)
    ]
    return connection(rows, args)


@resolves("QueryRoot.giftCards", scope="read_gift_cards")
def gift_cards(call: Call, row: Row, args: Row) -> Row:
    return connection(
        filtered(call, call.store.rows("GiftCard"), None, {}), args, key=lambda r: number_of(r["id"])
    )
