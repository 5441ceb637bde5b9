"""Fields of customers, companies, markets, catalogues and price lists."""

from decimal import Decimal

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection, filtered, searched
from sandbox.shopify.fields_products import identified
from sandbox.shopify.fields_shop import COUNTRIES, names_are_public
from sandbox.shopify.figures import Figures
from sandbox.shopify.money import ZERO, money
from sandbox.shopify.prices import list_price
from sandbox.shopify.search import Fields
from sandbox.shopify.state import number_of

CUSTOMER_FIELDS: Fields = {
    "default": ("text", lambda r: [r["email"], r["firstName"], r["lastName"]]),
    "id": ("id", lambda r: r["id"]),
    "email": ("word", lambda r: r["email"]),
    "phone": ("word", lambda r: r["phone"]),
    "first_name": ("text", lambda r: r["firstName"]),
    "last_name": ("text", lambda r: r["lastName"]),
    "tag": ("word", lambda r: r["tags"]),
    "created_at": ("time", lambda r: r["createdAt"]),
    "updated_at": ("time", lambda r: r["updatedAt"]),
    "state": ("word", lambda r: r["state"]),
}


@resolves("QueryRoot.customers", scope="read_customers")
def customers(call: Call, row: Row, args: Row) -> Row:
    names_are_public(call, "Customer")
    sorts = {"UPDATED_AT": lambda r: r["updatedAt"], "CREATED_AT": lambda r: r["createdAt"]}
    return searched(call, call.store.rows("Customer"), args, CUSTOMER_FIELDS, sorts)


@resolves("QueryRoot.customersCount", scope="read_customers")
def customers_count(call: Call, row: Row, args: Row) -> Row:
    found = filtered(call, call.store.rows("Customer"), args.get("query"), CUSTOMER_FIELDS)
    return {"count": len(found), "precision": "EXACT"}


@resolves("QueryRoot.customer", scope="read_customers")
def customer(call: Call, row: Row, args: Row) -> Row | None:
    names_are_public(call, "Customer")
    return call.store.find(args["id"], "Customer")


@resolves("QueryRoot.customerByIdentifier", scope="read_customers")
def customer_by_identifier(call: Call, row: Row, args: Row) -> Row | None:
    return find_customer(call, args["identifier"])


def find_customer(call: Call, identifier: Row) -> Row | None:
    if identifier.get("id") or identifier.get("customId"):
        return identified(call, "Customer", identifier)
    for row in call.store.rows("Customer"):
        if identifier.get("emailAddress", identifier.get("email")) in (row["email"] or "-",):
            return row
        if identifier.get("phoneNumber", identifier.get("phone")) in (row["phone"] or "-",):
            return row
    return None


@resolves("Customer.displayName")
def display_name(call: Call, row: Row, args: Row) -> str:
    names = " ".join(p for p in (row["firstName"], row["lastName"]) if p)
    return names or row["email"] or ""


@resolves("Customer.defaultEmailAddress")
def default_email(call: Call, row: Row, args: Row) -> Row | None:
    return {"emailAddress": row["email"], "marketingState": "NOT_SUBSCRIBED"} if row["email"] else None


@resolves("Customer.defaultPhoneNumber")
def default_phone(call: Call, row: Row, args: Row) -> Row | None:
    return {"phoneNumber": row["phone"], "marketingState": "NOT_SUBSCRIBED"} if row["phone"] else None


@resolves("Customer.defaultAddress")
def default_address(call: Call, row: Row, args: Row) -> Row | None:
    return next(iter(row["_addresses"]), None)


@resolves("Customer.addresses")
def addresses(call: Call, row: Row, args: Row) -> list[Row]:
    rows: list[Row] = row["_addresses"]
    return rows[: args["first"]] if args.get("first") is not None else rows


@resolves("Customer.addressesV2")
def addresses_connection(call: Call, row: Row, args: Row) -> Row:
    return connection(row["_addresses"], args)


def _orders(call: Call, row: Row) -> list[Row]:
    return [o for o in call.store.rows("Order") if o["_customer"] == row["id"]]


@resolves("Customer.numberOfOrders")
def number_of_orders(call: Call, row: Row, args: Row) -> str:
    return str(len(_orders(call, row)))


@resolves("Customer.amountSpent")
def amount_spent(call: Call, row: Row, args: Row) -> Row:
    total = sum((Figures(call.store, o).net_payment() for o in _orders(call, row)), ZERO)
    return money(total, call.options.currency)


@resolves("Customer.orders")
def customer_orders(call: Call, row: Row, args: Row) -> Row:
    return connection(_orders(call, row), args, key=lambda r: number_of(r["id"]))


@resolves("Customer.lastOrder")
def last_order(call: Call, row: Row, args: Row) -> Row | None:
    return _orders(call, row)[-1] if _orders(call, row) else None


@resolves("Customer.canDelete")
def can_delete(call: Call, row: Row, args: Row) -> bool:
    return not _orders(call, row)


@resolves("Customer.companyContactProfiles")
def profiles(call: Call, row: Row, args: Row) -> list[Row]:
    return [c for c in call.store.rows("CompanyContact") if c["_customer"] == row["id"]]


@resolves("MailingAddress.name")
def address_name(call: Call, row: Row, args: Row) -> str | None:
    return " ".join(p for p in (row["firstName"], row["lastName"]) if p) or None


@resolves("MailingAddress.country")
def address_country(call: Call, row: Row, args: Row) -> str | None:
    return COUNTRIES.get(row["countryCodeV2"], row["countryCodeV2"])


@resolves("MailingAddress.countryCode")
def address_country_code(call: Call, row: Row, args: Row) -> str | None:
    found: str | None = row["countryCodeV2"]
    return found


@resolves("MailingAddress.formatted")
def formatted(call: Call, row: Row, args: Row) -> list[str]:
    parts = (row["address1"], row["address2"], f"{row['zip'] or ''} {row['city'] or ''}".strip())
    return [p for p in (*parts, COUNTRIES.get(row["countryCodeV2"], "")) if p]


@resolves("MailingAddress.formattedArea")
def formatted_area(call: Call, row: Row, args: Row) -> str:
    return ", ".join(p for p in (row["city"], COUNTRIES.get(row["countryCodeV2"])) if p)


# Companies.


@resolves("QueryRoot.companies", scope="read_companies")
def companies(call: Call, row: Row, args: Row) -> Row:
    fields: Fields = {
        "default": ("text", lambda r: r["name"]),
        "id": ("id", lambda r: r["id"]),
        "name": ("text", lambda r: r["name"]),
        "external_id": ("word", lambda r: r["externalId"]),
        "created_at": ("time", lambda r: r["createdAt"]),
        "updated_at": ("time", lambda r: r["updatedAt"]),
    }
    return searched(call, call.store.rows("Company"), args, fields, {"UPDATED_AT": lambda r: r["updatedAt"]})


@resolves("QueryRoot.companiesCount", scope="read_companies")
def companies_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(call.store.tables["Company"]), "precision": "EXACT"}


@resolves("QueryRoot.company", scope="read_companies")
def company(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Company")


@resolves("QueryRoot.companyLocations", scope="read_companies")
def company_locations(call: Call, row: Row, args: Row) -> Row:
    fields: Fields = {
        "default": ("text", lambda r: r["name"]),
        "id": ("id", lambda r: r["id"]),
        "name": ("text", lambda r: r["name"]),
        "external_id": ("word", lambda r: r["externalId"]),
        "company_id": ("id", lambda r: r["_company"]),
        "updated_at": ("time", lambda r: r["updatedAt"]),
    }
    return searched(call, call.store.rows("CompanyLocation"), args, fields, {})


@resolves("QueryRoot.companyLocation", scope="read_companies")
def company_location(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "CompanyLocation")


def _locations(call: Call, row: Row) -> list[Row]:
    return [r for r in call.store.rows("CompanyLocation") if r["_company"] == row["id"]]


@resolves("Company.locations")
def locations_of(call: Call, row: Row, args: Row) -> Row:
    return connection(_locations(call, row), args, key=lambda r: number_of(r["id"]))


@resolves("Company.locationsCount")
def locations_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(_locations(call, row)), "precision": "EXACT"}


def _contacts(call: Call, row: Row) -> list[Row]:
    return [r for r in call.store.rows("CompanyContact") if r["_company"] == row["id"]]


@resolves("Company.contacts")
def contacts(call: Call, row: Row, args: Row) -> Row:
    return connection(_contacts(call, row), args, key=lambda r: number_of(r["id"]))


@resolves("Company.contactsCount")
def contacts_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(_contacts(call, row)), "precision": "EXACT"}


@resolves("Company.mainContact")
def main_contact(call: Call, row: Row, args: Row) -> Row | None:
    return next(iter(_contacts(call, row)), None)


@resolves("Company.ordersCount", "CompanyLocation.ordersCount")
def company_orders(call: Call, row: Row, args: Row) -> Row:
    def mine(order: Row) -> bool:
        found = order["_company"]
        return bool(found) and row["id"] in (found["company"]["id"], found["location"]["id"])

    return {"count": sum(mine(o) for o in call.store.rows("Order")), "precision": "EXACT"}


@resolves("CompanyLocation.company", "CompanyContact.company")
def company_of(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["Company"][row["_company"]]


@resolves("CompanyContact.customer")
def contact_customer(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["Customer"][row["_customer"]]


@resolves("CompanyContact.isMainContact")
def is_main(call: Call, row: Row, args: Row) -> bool:
    first = _contacts(call, call.store.tables["Company"][row["_company"]])[0]
    return bool(first["id"] == row["id"])


@resolves("CompanyLocation.taxSettings")
def tax_settings(call: Call, row: Row, args: Row) -> Row:
    return {
        "taxExempt": row["_tax_exempt"],
        "taxExemptions": row["taxExemptions"],
        "taxRegistrationId": row["taxRegistrationId"],
    }


@resolves("CompanyLocation.catalogs")
def location_catalogs(call: Call, row: Row, args: Row) -> Row:
    rows = [c for c in call.store.rows("CompanyLocationCatalog") if row["id"] in c["_locations"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("CompanyLocation.inCatalog")
def in_catalog(call: Call, row: Row, args: Row) -> bool:
    found = call.store.find(args["catalogId"], "CompanyLocationCatalog")
    return bool(found and row["id"] in found["_locations"])


@resolves("CompanyAddress.recipient")
def recipient(call: Call, row: Row, args: Row) -> str | None:
    return " ".join(p for p in (row.get("firstName"), row.get("lastName")) if p) or None


@resolves("CompanyAddress.formattedAddress")
def company_formatted(call: Call, row: Row, args: Row) -> list[str]:
    return [p for p in (row["companyName"], row["address1"], row["city"], row["country"]) if p]


# Markets, catalogues, price lists.


@resolves("QueryRoot.markets", scope="read_markets")
def markets(call: Call, row: Row, args: Row) -> Row:
    return connection(call.store.rows("Market"), args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.market", scope="read_markets")
def market(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Market")


@resolves("Market.catalogs")
def market_catalogs(call: Call, row: Row, args: Row) -> Row:
    rows = [c for c in call.store.rows("MarketCatalog") if row["id"] in c["_markets"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Market.currencySettings")
def market_currency(call: Call, row: Row, args: Row) -> Row:
    code = row["_currency"]
    return {
        "baseCurrency": {"currencyCode": code, "currencyName": code, "enabled": True},
        "localCurrencies": False,
    }


@resolves("Market.conditions")
def market_conditions(call: Call, row: Row, args: Row) -> Row:
    return {"conditionTypes": ["REGION"], "_country": row["_country"], "_number": number_of(row["id"])}


@resolves("MarketConditions.regionsCondition")
def regions_condition(call: Call, row: Row, args: Row) -> Row:
    return {"applicationLevel": "SPECIFIED", **{k: row[k] for k in ("_country", "_number")}}


@resolves("RegionsCondition.regions")
def regions(call: Call, row: Row, args: Row) -> Row:
    code = row["_country"]
    region = {
        "__typename": "MarketRegionCountry",
        "id": f"gid://shopify/MarketRegionCountry/{row['_number']}",
        "name": COUNTRIES.get(code, code),
        "code": code,
        "currency": {"currencyCode": call.options.currency, "currencyName": "", "enabled": True},
    }
    return connection([region], args)


def _catalogs(call: Call) -> list[Row]:
    return [*call.store.rows("MarketCatalog"), *call.store.rows("CompanyLocationCatalog")]


@resolves("QueryRoot.catalogs", scope="read_products")
def catalogs(call: Call, row: Row, args: Row) -> Row:
    kinds = {"MARKET": "MarketCatalog", "COMPANY_LOCATION": "CompanyLocationCatalog"}
    wanted = kinds.get(args.get("type") or "")
    rows = [c for c in _catalogs(call) if wanted is None or wanted in c["id"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.catalog", scope="read_products")
def catalog(call: Call, row: Row, args: Row) -> Row | None:
    return next((c for c in _catalogs(call) if c["id"] == args["id"]), None)


@resolves("MarketCatalog.priceList", "CompanyLocationCatalog.priceList")
def catalog_list(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_price_list"])


@resolves("MarketCatalog.markets")
def catalog_markets(call: Call, row: Row, args: Row) -> Row:
    return connection([call.store.tables["Market"][gid] for gid in row["_markets"]], args)


@resolves("CompanyLocationCatalog.companyLocations")
def catalog_locations(call: Call, row: Row, args: Row) -> Row:
    return connection([call.store.tables["CompanyLocation"][gid] for gid in row["_locations"]], args)


@resolves("CompanyLocationCatalog.companyLocationsCount")
def catalog_locations_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(row["_locations"]), "precision": "EXACT"}


@resolves("QueryRoot.priceLists", scope="read_products")
def price_lists(call: Call, row: Row, args: Row) -> Row:
    return connection(call.store.rows("PriceList"), args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.priceList", scope="read_products")
def price_list(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "PriceList")


@resolves("PriceList.catalog")
def list_catalog(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_catalog"])


@resolves("PriceList.fixedPricesCount")
def fixed_count(call: Call, row: Row, args: Row) -> int:
    return len(row["_prices"])


@resolves("PriceList.prices")
def list_prices(call: Call, row: Row, args: Row) -> Row:
    rows = [list_price(call.store, row, v) for v in call.store.rows("ProductVariant")]
    if args.get("originType"):
        rows = [r for r in rows if r["originType"] == args["originType"]]
    fields: Fields = {
        "variant_id": ("id", lambda r: r["_variant"]),
        "product_id": ("id", lambda r: call.store.tables["ProductVariant"][r["_variant"]]["_product"]),
    }
    found = filtered(call, rows, args.get("query"), fields)
    return connection(
        found, args, key=lambda r: number_of(r["_variant"]), number=lambda r: number_of(r["_variant"])
    )


@resolves("PriceListPrice.variant", "QuantityPriceBreak.variant", "QuantityRule.productVariant")
def priced_variant(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["ProductVariant"][row["_variant"]]


@resolves("PriceListPrice.quantityPriceBreaks")
def price_breaks(call: Call, row: Row, args: Row) -> Row:
    found = call.store.tables["PriceList"][row["_list"]]
    rows = [
        {**b, "price": money(Decimal(b["_amount"]), found["currency"])}
        for b in found["_breaks"].values()
        if b["_variant"] == row["_variant"]
    ]
    return connection(sorted(rows, key=lambda b: b["minimumQuantity"]), args)


@resolves("QuantityPriceBreak.priceList")
def break_list(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["PriceList"][row["_list"]]


@resolves("PriceList.quantityRules")
def quantity_rules(call: Call, row: Row, args: Row) -> Row:
    return connection(list(row["_rules"].values()), args)
