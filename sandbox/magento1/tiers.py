"""`catalog_product_attribute_tier_price.*`: an update replaces all of them."""

from typing import Any

from sandbox.magento1.calls import Call
from sandbox.magento1.errors import fault
from sandbox.magento1.rows import Json
from sandbox.magento1.state import WEBSITES, php_number

RESOURCE = "catalog_product_attribute_tier_price"


def info(call: Call, given: Any, identifier: Any = None) -> list[Json]:
    product = call.store.catalogue_product(given, identifier, RESOURCE, 100)
    return [
        {
            "customer_group_id": _shown_group(row["customer_group_id"]),
            "website": row["website"],
            "qty": f"{php_number(row['qty']):.4f}",
            "price": f"{php_number(row['price']):.4f}",
        }
        for row in product.tier_prices
    ]


def _shown_group(group: Any) -> Any:
    """A number as a number, also that of the group 0, which is of buyers who are not signed in."""
    return int(group) if str(group).isdigit() else group


def update(call: Call, given: Any, rows: Any, identifier: Any = None) -> bool:
    product = call.store.catalogue_product(given, identifier, RESOURCE, 100)
    found = tiers_from(rows, RESOURCE)
    for row in found:
        if row["website"] != "all" and WEBSITES[row["website"]] not in product.website_ids:
            raise fault(RESOURCE, 101, "Product is not assigned to website.")
    product.tier_prices = found
    product.updated = call.store.clock.now()
    return True


def tiers_from(rows: Any, resource: str) -> list[Json]:
    """An unknown website silently becomes all of them."""
    if not isinstance(rows, list):
        raise fault(resource, 101, "Invalid Tier Prices")
    found: list[Json] = []
    for row in rows:
        if not isinstance(row, dict) or "qty" not in row or "price" not in row:
            raise fault(resource, 101, "Invalid Tier Prices")
        website = str(row.get("website") or "all")
        found.append(
            {
                "customer_group_id": row.get("customer_group_id", "all"),
                "website": website if website in WEBSITES else "all",
                "qty": row["qty"],
                "price": row["price"],
            }
        )
    return found
