"""Access scopes: what each part of the work needs, and what is asked for at the approval."""

from __future__ import annotations

from collections.abc import Iterable

#: scope -> what cannot be done without it
ESSENTIAL: tuple[tuple[str, str], ...] = (
    ("read_products", "reading products and prices"),
    ("write_products", "pushing products and prices"),
    ("read_inventory", "reading quantities"),
    ("write_inventory", "pushing quantities"),
    ("read_locations", "finding the location for quantities"),
    ("read_orders", "reading orders and refunds"),
)
FURTHER: tuple[tuple[str, str], ...] = (
    ("write_orders", "setting statuses, notes and refunds of orders"),
    ("read_customers", "reading the buyers' names and addresses"),
    ("read_merchant_managed_fulfillment_orders", "reading what is to be shipped"),
    ("write_merchant_managed_fulfillment_orders", "pushing shipments and tracking numbers"),
    ("read_fulfillments", "reading shipments"),
    ("read_returns", "reading returns"),
    ("write_returns", "pushing returns"),
    ("read_publications", "listing sales channels"),
    ("write_publications", "publishing products in sales channels"),
    ("read_locales", "listing the shop's languages"),
    ("read_companies", "reading companies that buy"),
    ("read_translations", "reading translations"),
    ("write_translations", "pushing names and descriptions in several languages"),
    ("read_files", "reading files"),
    ("write_files", "uploading pictures"),
)
OLD_ORDERS = "read_all_orders"
ASKED_FOR = (*(scope for scope, _ in (*ESSENTIAL, *FURTHER)), "write_customers")


def covered(granted: Iterable[str]) -> set[str]:
    """The scopes that are there; the right to write holds the right to read."""
    found = set(granted)
    return found | {scope.replace("write_", "read_", 1) for scope in found if scope.startswith("write_")}


def missing(granted: Iterable[str], wanted: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of `wanted` that are not granted, with what cannot be done without them."""
    there = covered(granted)
    return [(scope, purpose) for scope, purpose in wanted if scope not in there]
