"""What buyers do, and what staff do with their orders."""

from typing import Any

from sandbox.magento2 import order_flow, storefront
from sandbox.magento2.document_json import document_json
from sandbox.magento2.merchant import Merchant
from sandbox.magento2.order_json import order_json
from sandbox.magento2.rows import Json


class OrderCounter(Merchant):
    """The orders' half of a shop."""

    def place_order(self, lines: list[Json], **extra: Any) -> Json:
        """See `storefront.place_order`; returns the order as GET by id prints it."""
        order = storefront.place_order(self.app, lines, **extra)
        return self.order(order.id)

    def buy(self, sku: str, quantity: int = 1) -> Json:
        return self.order(storefront.buy(self.app, sku, quantity).id)

    def order(self, order_id: int) -> Json:
        with self.store.lock:
            return order_json(self.store, self.store.orders[order_id])

    def set_order_status(self, order_id: int, status: str) -> Json:
        """By the documents that lead there, or by hand."""
        with self.store.lock:
            storefront.finish_as(self.app, self.store.orders[order_id], status)
            self.app.happened("order", order_id)
            return order_json(self.store, self.store.orders[order_id])

    def comment(self, order_id: int, text: str) -> Json:
        """Staff write a comment and save the order, which moves its date."""
        self.rest("POST", f"/V1/orders/{order_id}/comments", {"statusHistory": {"comment": text}})
        with self.store.lock:
            self.store.orders[order_id].updated = self.app.clock.now()
        return self.order(order_id)

    def invoice(self, order_id: int, **body: Any) -> int:
        return int(self.rest("POST", f"/V1/order/{order_id}/invoice", {"capture": True, **body}))

    def cancel_rest(self, order_id: int) -> Json:
        """Staff cancel in the admin what is not invoiced; the REST route refuses orders that are invoiced in part."""
        with self.store.lock:
            order_flow.cancel_rest(self.app, self.store.orders[order_id])
            self.app.happened("order", order_id)
        return self.order(order_id)

    def ship(self, order_id: int, **body: Any) -> int:
        return int(self.rest("POST", f"/V1/order/{order_id}/ship", body))

    def refund(self, order_id: int, **body: Any) -> Json:
        """An offline credit memo; items: `[{"order_item_id", "qty"}]`, none is everything."""
        number = int(self.rest("POST", f"/V1/order/{order_id}/refund", body))
        with self.store.lock:
            return document_json(self.store, self.store.creditmemos[number])

    def invoices(self, order_id: int) -> list[Json]:
        return self._documents("invoices", order_id)

    def shipments(self, order_id: int) -> list[Json]:
        return self._documents("shipments", order_id)

    def creditmemos(self, order_id: int) -> list[Json]:
        return self._documents("creditmemos", order_id)

    def _documents(self, table: str, order_id: int) -> list[Json]:
        with self.store.lock:
            rows = getattr(self.store, table).values()
            return [document_json(self.store, d) for d in rows if d.order_id == order_id]
