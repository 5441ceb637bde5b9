"""The few REST doors that are still of use to look at a shop with: everything else is for GraphQL."""

from typing import TYPE_CHECKING

from sandbox.messages import Request, Response
from sandbox.shopify.calls import Row
from sandbox.shopify.state import number_of

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

GONE = "https://shopify.dev/api/usage/versioning#deprecation-practices"


def answer(app: "ShopifyApp", request: Request, path: str, version: str, token: Row) -> Response:
    limit = ("X-Shopify-Shop-Api-Call-Limit", "1/40")
    if request.method != "GET":
        return app.dressed({"errors": "Not Found"}, 404, version, limit)
    if path == "shop.json":
        options = app.options
        shop = {
            "id": 1,
            "name": options.name,
            "email": options.email,
            "domain": options.domain,
            "myshopify_domain": options.domain,
            "currency": options.currency,
            "iana_timezone": app.clock.zone_name,
            "taxes_included": options.prices_include_tax,
            "country_code": options.base_country,
        }
        return app.dressed({"shop": shop}, 200, version, limit)
    if path == "locations.json":
        rows = [
            {
                "id": number_of(r["id"]),
                "name": r["name"],
                "active": r["isActive"],
                "admin_graphql_api_id": r["id"],
            }
            for r in app.store.rows("Location")
        ]
        return app.dressed({"locations": rows}, 200, version, limit)
    headers = [limit]
    if path.startswith(("products", "variants")):
        headers.append(("X-Shopify-API-Deprecated-Reason", GONE))
    return app.dressed({"errors": "Not Found"}, 404, version, *headers)
