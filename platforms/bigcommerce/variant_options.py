"""Options of a product and their values: looked up by name, and made when missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from platforms.bigcommerce.client import BigCommerceClient
from platforms.bigcommerce.mapping_products import dicts

LANE = "products"


class OptionBook:
    """The options of the products that this adapter met, read once for each."""

    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client
        self._options: dict[str, list[dict[str, Any]]] = {}

    def values_for(self, product_id: str, values: Sequence[tuple[str, str]]) -> list[dict[str, int]]:
        """`option_values` of a new variant."""
        options = self._options.get(product_id)
        if options is None:
            route = f"v3/catalog/products/{product_id}/options"
            options = self._options[product_id] = list(self._client.pages_v3(route, lane=LANE))
        return [self._value(product_id, options, name, label) for name, label in values]

    def _value(self, product_id: str, options: list[dict[str, Any]], name: str, label: str) -> dict[str, int]:
        option = next((row for row in options if _same(row.get("display_name"), name)), None)
        route = f"v3/catalog/products/{product_id}/options"
        if option is None:
            body: dict[str, Any] = {
                "display_name": name,
                "type": "dropdown",
                "option_values": [{"label": label, "sort_order": 0}],
            }
            option = self._client.post(route, body, lane=LANE).record()
            options.append(option)
        values = dicts(option.get("option_values"))
        value = next((row for row in values if _same(row.get("label"), label)), None)
        if value is None:
            body = {"label": label, "sort_order": len(values)}
            made = self._client.post(f"{route}/{option['id']}/values", body, lane=LANE).record()
            option["option_values"] = [*values, made]
            value = made
        return {"option_id": int(option["id"]), "id": int(value["id"])}


def _same(left: Any, right: str) -> bool:
    return str(left or "").strip().casefold() == right.strip().casefold()
