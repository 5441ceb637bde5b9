"""The few REST doors that are still of use to look at a shop with: everything else is for GraphQL."""

from typing import TYPE_CHECKING

from sandbox.messages import Request, Response
from sandbox.shopify.calls import Row
from sandbox.shopify.state import number_of

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

#: Plan -> requests that the bucket holds, requests that leak out of it each second.
LEAK = {"standard": (40, 2), "advanced": (80, 4), "plus": (400, 20), "enterprise": (400, 20)}
GONE = "https://shopify.dev/api/usage/versioning#deprecation-practices"


def answer(app: "ShopifyApp", request: Request, path: str, version: str, token: Row) -> Response:
    size, leak = LEAK[app.options.plan]
    level = app.rest_level(leak)
    if level + 1 > size:
        text = f"Exceeded {leak} calls per second for api client. Reduce request rates to resume uninterrupted service."
        return app.dressed(
            {"errors": text}, 429, version, ("Retry-After", f"{max(1.0, (level + 1 - size) / leak):.1f}")
        )
    app.rest_calls = (level + 1, app.seconds())
    limit = ("X-Shopify-Shop-Api-Call-Limit", f"{int(level) + 1}/{size}")
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
