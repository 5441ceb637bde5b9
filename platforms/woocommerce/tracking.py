"""Where tracking numbers go: core WooCommerce has no field for them.

1. The Shipment Tracking plugin (and the AST plugin, which answers at the same route and at its own) is found by its
   namespace in the API's index.
2. Fulfillments are part of WooCommerce 10.1 and newer but off by default; whether the shop has them is found by
   asking, since their route stands in no namespace of its own. Only they know partial shipments.
3. Else the numbers go into a note to the buyer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError
from platforms.types import Parcel, ShipmentNotice
from platforms.woocommerce.client import WooClient

LANE = "orders"
AST = "wc-ast/v3"
#: AST first: it also takes which items a parcel holds.
PLUGIN_NAMESPACES = (AST, "wc-shipment-tracking/v3")
#: Our own key of a delivery on its fulfillment, so that a repetition finds it, with or without a tracking number.
FULFILLMENT_KEY = "_erp_delivery"


@dataclass(frozen=True, slots=True)
class Written:
    """place: plugin | fulfillments | note (left to the caller) | none."""

    changed: bool
    place: str


class TrackingWriter:
    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._namespace: str | None = None
        self._providers: dict[str, str] | None = None
        self._has_fulfillments: bool | None = None

    def write(self, order: Mapping[str, Any], notice: ShipmentNotice) -> Written:
        """Record the shipment unless the order has it."""
        mode = self._client.options.tracking_mode
        if mode in ("note", "none"):
            return Written(False, mode)
        if mode == "fulfillments" or (mode == "auto" and self._use_fulfillments(order)):
            return Written(self._write_fulfillment(order, notice), "fulfillments")
        if not notice.parcels:
            return Written(False, "note")
        namespace = self._plugin_namespace()
        if not namespace:
            return Written(False, "note")
        known = self._known_numbers(namespace, order)
        new = [parcel for parcel in notice.parcels if parcel.number not in known]
        for parcel in new:
            self._write_parcel(namespace, order, notice, parcel)
        return Written(bool(new), "plugin")

    def _use_fulfillments(self, order: Mapping[str, Any]) -> bool:
        return not self._plugin_namespace() and self._fulfillments_answer(order)

    # -- plugin -------------------------------------------------------------
    def _plugin_namespace(self) -> str:
        if self._namespace is None:
            index = self._client.get("", lane=LANE, namespace="").record()
            known = index.get("namespaces") or ()
            self._namespace = next((name for name in PLUGIN_NAMESPACES if name in known), "")
            if not self._namespace and self._client.options.tracking_mode == "plugin":
                self._namespace = PLUGIN_NAMESPACES[-1]  # named by staff: let the shop answer for it
        return self._namespace

    def _known_numbers(self, namespace: str, order: Mapping[str, Any]) -> set[str]:
        route = f"orders/{order['id']}/shipment-trackings"
        rows = self._client.get(route, lane=LANE, namespace=namespace).rows()
        return {str(row.get("tracking_number", "")) for row in rows}

    def _write_parcel(
        self, namespace: str, order: Mapping[str, Any], notice: ShipmentNotice, parcel: Parcel
    ) -> None:
        route = f"orders/{order['id']}/shipment-trackings"
        shipped = (notice.shipped_at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%d")
        body: dict[str, Any] = {
            "tracking_number": parcel.number,
            "date_shipped": shipped,
            **self._carrier(namespace, route, notice.carrier, parcel),
        }
        if namespace == AST and notice.lines and len(notice.parcels) == 1:
            body |= _ast_items(order, notice.lines)
        self._client.post(route, body, lane=LANE, namespace=namespace)

    def _carrier(self, namespace: str, route: str, carrier: str, parcel: Parcel) -> dict[str, str]:
        """A carrier that the plugin knows by its own name; any other with its link."""
        if self._providers is None:
            listed = self._client.get(f"{route}/providers", lane=LANE, namespace=namespace).record()
            names = [name for region in listed.values() if isinstance(region, dict) for name in region]
            self._providers = {name.casefold(): name for name in names}
        known = self._providers.get(carrier.casefold())
        if known is not None:
            return {"tracking_provider": known}
        custom = {"custom_tracking_provider": carrier or "-"}
        if parcel.url:
            custom["custom_tracking_link"] = parcel.url
        return custom

    # -- fulfillments -------------------------------------------------------
    def _fulfillments_answer(self, order: Mapping[str, Any]) -> bool:
        """Whether the shop has the feature on: without it the route does not exist."""
        if self._has_fulfillments is None:
            try:
                self._fulfillments(order)
            except (ConfigurationError, PermanentError) as error:
                if error.code not in ("rest_no_route", "not_found"):
                    raise
                self._has_fulfillments = False
            else:
                self._has_fulfillments = True
        return self._has_fulfillments

    def _fulfillments(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        listed = self._client.get(f"orders/{order['id']}/fulfillments", lane=LANE).data
        rows = listed.get("fulfillments", []) if isinstance(listed, dict) else listed
        return [row for row in rows if isinstance(row, dict)]

    def _write_fulfillment(self, order: Mapping[str, Any], notice: ShipmentNotice) -> bool:
        """One fulfillment per delivery, with its items; it has one tracking number, so several stand in it together."""
        numbers = ", ".join(parcel.number for parcel in notice.parcels)
        rows = self._fulfillments(order)
        if any(_is_ours(row, notice.key, numbers) for row in rows):
            return False
        url = next((parcel.url for parcel in notice.parcels if parcel.url), "")
        meta = [
            ("_items", _items(order, notice.lines, rows)),
            ("_tracking_number", numbers),
            ("_shipping_provider", notice.carrier.lower() if numbers else ""),
            ("_tracking_url", url),
            (FULFILLMENT_KEY, notice.key),
        ]
        body = {
            "status": "fulfilled",
            "is_fulfilled": True,
            "meta_data": [{"id": 0, "key": key, "value": value} for key, value in meta if value],
            # With a comment the buyer gets that by e-mail, and not a second one.
            "notify_customer": notice.notify_customer and not notice.comment,
        }
        self._client.post(f"orders/{order['id']}/fulfillments", body, lane=LANE)
        return True


def _meta(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(meta.get("key")): meta.get("value")
        for meta in row.get("meta_data") or ()
        if isinstance(meta, dict)
    }


def _is_ours(row: Mapping[str, Any], key: str, numbers: str) -> bool:
    meta = _meta(row)
    return meta.get(FULFILLMENT_KEY) == key or bool(numbers and str(meta.get("_tracking_number")) == numbers)


def _items(
    order: Mapping[str, Any], lines: Iterable[tuple[str, Decimal]], earlier: Iterable[Mapping[str, Any]]
) -> list[dict[str, int]]:
    """The delivered items; without lines all that no earlier fulfillment holds."""
    given = [{"item_id": int(line), "qty": int(quantity)} for line, quantity in lines if line.isdigit()]
    if given:
        return given
    gone: dict[int, int] = {}
    for row in earlier:
        for item in _meta(row).get("_items") or ():
            gone[int(item.get("item_id", 0))] = gone.get(int(item.get("item_id", 0)), 0) + int(
                item.get("qty", 0)
            )
    left = [
        {"item_id": int(line["id"]), "qty": int(line["quantity"]) - gone.get(int(line["id"]), 0)}
        for line in order.get("line_items") or ()
    ]
    return [item for item in left if item["qty"] > 0]


def _ast_items(order: Mapping[str, Any], lines: Iterable[tuple[str, Decimal]]) -> dict[str, str]:
    """AST's own fields: SKUs and quantities of the parcel, with commas between; nothing when an item has no SKU."""
    skus = {str(line.get("id")): str(line.get("sku") or "") for line in order.get("line_items") or ()}
    pairs = [(skus.get(line, ""), int(quantity)) for line, quantity in lines]
    if not pairs or not all(sku for sku, _ in pairs):
        return {}
    return {"sku": ",".join(sku for sku, _ in pairs), "qty": ",".join(str(quantity) for _, quantity in pairs)}
