"""GraphQL operations of the site's own, which event action lines run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.shopify.answers import user_errors
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import Document
from platforms.shopify.errors import error_of_user_errors
from platforms.shopify.ids import gid

LANE = "products"
#: Variables that are filled with the event's object, by the kind that they are about.
OF_THE_EVENT = {
    "orderId": "Order",
    "productId": "Product",
    "variantId": "ProductVariant",
    "customerId": "Customer",
    "inventoryItemId": "InventoryItem",
    "collectionId": "Collection",
}
_HEAD = re.compile(r"\s*(?:#[^\n]*\n\s*)*(query|mutation)?\s*(\w*)")
_VARIABLE = re.compile(r"\$(\w+)\s*:")


def run_operation(client: ShopifyClient, text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The data that the operation answers with. `id` of the variables is the number of the event's object; a document that
    declares `$orderId`, `$productId`, … gets it as an address. Undeclared variables are left out.

    Raises what stands in the answer's errors, and Rejected for user errors.
    """
    found = _HEAD.match(text)
    kind, name = (found.group(1), found.group(2)) if found is not None else ("", "")
    operation = Document(name or "OwnOperation", text, kind == "mutation", 10.0, is_named=bool(name))
    given = _variables(text, variables)
    if not operation.is_write:
        return client.query(operation, given, lane=LANE)
    data = client.mutate_all(operation, given, lane=LANE)
    for field, payload in data.items():
        errors = user_errors(payload) if isinstance(payload, Mapping) else []
        if errors:
            raise Rejected(error_of_user_errors(errors, what=field).message, code="own_operation_refused")
    return data


def _variables(text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    number = str(variables.get("id") or "")
    own = {name: gid(kind, number) for name, kind in OF_THE_EVENT.items()} if number.isdigit() else {}
    declared = set(_VARIABLE.findall(text))
    return {name: value for name, value in {**own, **variables}.items() if name in declared}
