"""Where a tracking number goes: core WooCommerce has no field for it.

The Shipment Tracking plugin (and the AST plugin at the same route) is found by its namespace in the API's index;
fulfillments are part of WooCommerce 10.1 and newer but off by default, so the site must name them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from platforms.types import ShipmentNotice
from platforms.woocommerce.client import WooClient

LANE = "orders"
PLUGIN_NAMESPACES = ("wc-shipment-tracking/v3", "wc-ast/v3")


class TrackingWriter:
    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._namespace: str | None = None
        self._providers: dict[str, str] | None = None

    def write(self, order: Mapping[str, Any], notice: ShipmentNotice) -> tuple[bool, str]:
        """Record the number unless the order has it. Returns (changed, place); place "note" leaves it to the caller."""
        mode = self._client.options.tracking_mode
        if mode == "fulfillments":
            return self._write_fulfillment(order, notice), "fulfillments"
        if mode in ("note", "none"):
            return False, mode
        namespace = self._plugin_namespace()
        if not namespace:
            return False, "note"
        return self._write_plugin(namespace, order, notice), "plugin"

    # -- plugin -------------------------------------------------------------
    def _plugin_namespace(self) -> str:
        if self._namespace is None:
            index = self._client.get("", lane=LANE, namespace="").record()
            known = index.get("namespaces") or ()
            self._namespace = next((name for name in PLUGIN_NAMESPACES if name in known), "")
            if not self._namespace and self._client.options.tracking_mode == "plugin":
                self._namespace = PLUGIN_NAMESPACES[0]  # named by staff: let the shop answer for it
        return self._namespace

    def _write_plugin(self, namespace: str, order: Mapping[str, Any], notice: ShipmentNotice) -> bool:
        route = f"orders/{order['id']}/shipment-trackings"
        for row in self._client.get(route, lane=LANE, namespace=namespace).rows():
            if str(row.get("tracking_number", "")) == notice.tracking_number:
                return False
        shipped = (notice.shipped_at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%d")
        body = {
            "tracking_number": notice.tracking_number,
            "date_shipped": shipped,
            **self._carrier(namespace, route, notice),
        }
        self._client.post(route, body, lane=LANE, namespace=namespace)
        return True

    def _carrier(self, namespace: str, route: str, notice: ShipmentNotice) -> dict[str, str]:
        """A carrier that the plugin knows by its own name; any other with its link."""
        if self._providers is None:
            listed = self._client.get(f"{route}/providers", lane=LANE, namespace=namespace).record()
            names = [name for region in listed.values() if isinstance(region, dict) for name in region]
            self._providers = {name.casefold(): name for name in names}
        known = self._providers.get(notice.carrier.casefold())
        if known is not None:
            return {"tracking_provider": known}
        custom = {"custom_tracking_provider": notice.carrier or "-"}
        if notice.tracking_url:
            custom["custom_tracking_link"] = notice.tracking_url
        return custom

    # -- fulfillments -------------------------------------------------------
    def _write_fulfillment(self, order: Mapping[str, Any], notice: ShipmentNotice) -> bool:
        """The only way to a partial shipment in WooCommerce."""
        route = f"orders/{order['id']}/fulfillments"
        listed = self._client.get(route, lane=LANE).data
        rows = listed.get("fulfillments", []) if isinstance(listed, dict) else listed
        for row in rows:
            for meta in row.get("meta_data") or ():
                if meta.get("key") == "_tracking_number" and str(meta.get("value")) == notice.tracking_number:
                    return False
        items = [{"item_id": int(line), "qty": int(quantity)} for line, quantity in notice.lines] or [
            {"item_id": int(line["id"]), "qty": int(line["quantity"])}
            for line in order.get("line_items") or ()
        ]
        meta = [("_items", items), ("_tracking_number", notice.tracking_number)]
        meta += [("_shipping_provider", notice.carrier.lower()), ("_tracking_url", notice.tracking_url)]
        body = {
            "status": "fulfilled",
            "is_fulfilled": True,
            "meta_data": [{"id": 0, "key": key, "value": value} for key, value in meta if value],
            "notify_customer": notice.notify_customer,
        }
        self._client.post(route, body, lane=LANE)
        return True
