"""What hooks and events say: templates of the third-party module, chosen fields of Commerce, CloudEvents."""

import json
import re
from typing import TYPE_CHECKING, Any

from sandbox.magento2.customers import customer_json
from sandbox.magento2.document_json import document_json
from sandbox.magento2.order_json import order_json
from sandbox.magento2.product_json import product_json
from sandbox.magento2.rows import Json

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

#: What happened -> the observers of Commerce that see it.
OBSERVERS = {
    "order_placed": ("sales_order_place_after",),
    "order": ("sales_order_save_after", "sales_order_save_commit_after"),
    "new_invoice": ("sales_order_invoice_save_after", "sales_order_invoice_save_commit_after"),
    "new_shipment": ("sales_order_shipment_save_after", "sales_order_shipment_save_commit_after"),
    "new_creditmemo": ("sales_order_creditmemo_save_after", "sales_order_creditmemo_save_commit_after"),
    "new_product": ("catalog_product_save_after", "catalog_product_save_commit_after"),
    "update_product": ("catalog_product_save_after", "catalog_product_save_commit_after"),
    "new_customer": ("customer_save_after_data_object",),
    "update_customer": ("customer_save_after_data_object",),
}
#: The hook types of the module; `order_placed` is none of its own.
MODULE_TOPICS = frozenset(
    [
        "order",
        "new_order_comment",
        "new_invoice",
        "new_shipment",
        "new_creditmemo",
        "new_customer",
        "update_customer",
        "delete_customer",
        "new_product",
        "update_product",
        "delete_product",
        "new_category",
        "update_category",
        "delete_category",
        "customer_login",
        "subscriber",
        "abandoned_cart",
    ]
)
_NOUN = {
    "order_placed": "order",
    "order": "order",
    "new_order_comment": "order",
    "new_invoice": "invoice",
    "new_shipment": "shipment",
    "new_creditmemo": "creditmemo",
    "new_product": "product",
    "update_product": "product",
    "new_customer": "customer",
    "update_customer": "customer",
}
_PLACE = re.compile(r"\{\{\s*item\.([\w.]+)\s*\}\}")


def template_of(topic: str) -> str:
    """The body that our users are told to paste: a hint, no more."""
    fields = (
        '"id":{{item.entity_id}},"increment_id":"{{item.increment_id}}","updated_at":"{{item.updated_at}}"'
    )
    return f'{{"topic":"{topic}",{fields}}}'


def item_of(app: "Magento2App", event: str, row_id: int) -> Json:
    """The row that an event is about, as it is now; of one that is gone (or was rolled back) the number alone."""
    store = app.store
    noun = _NOUN.get(event, "")
    if noun == "order" and row_id in store.orders:
        return order_json(store, store.orders[row_id])
    tables = {"invoice": store.invoices, "shipment": store.shipments, "creditmemo": store.creditmemos}
    if noun in tables and row_id in tables[noun]:
        return document_json(store, tables[noun][row_id])
    if noun == "product" and row_id in store.products:
        return {"entity_id": row_id, **product_json(store, store.products[row_id])}
    if noun == "customer" and row_id in store.customers:
        return {"entity_id": row_id, **customer_json(store, store.customers[row_id])}
    now = store.moment(store.clock.now())
    return {"entity_id": row_id, "id": row_id, "increment_id": "", "updated_at": now}


def liquid(template: str, item: Json) -> bytes:
    """`{{item.increment_id}}`; nothing for what is not there."""

    def value(found: re.Match[str]) -> str:
        held = _path(item, found.group(1).split("."))
        if held is None:
            return ""
        return held if isinstance(held, str) else json.dumps(held, ensure_ascii=False)

    return _PLACE.sub(value, template).encode()


def _path(item: Any, names: list[str]) -> Any:
    for name in names:
        item = item.get(name) if isinstance(item, dict) else None
    return item


def chosen(event: str, item: Json, fields: list[Json]) -> Json:
    """Commerce Webhooks: `{"name": "order.id", "source": "data.order.entity_id"}`; without fields the whole row."""
    noun = _NOUN.get(event, "object")
    if not fields:
        return {"data": {noun: item}}
    body: Json = {}
    for field in fields:
        name = str(field.get("name"))
        names = str(field.get("source") or name).split(".")
        if names[:1] == ["data"]:
            names = names[1:]
        if names[:1] == [noun]:
            names = names[1:]
        node = body
        *outer, last = name.split(".")
        for part in outer:
            node = node.setdefault(part, {})
        node[last] = _path(item, names)
    return body


def cloud_event(app: "Magento2App", observer: str, item: Json, fields: list[Json], event_id: str) -> Json:
    """A delivery of I/O events. Where the fields lie under `data` differs from shop to shop."""
    names = [str(field.get("name")) for field in fields]
    data: Json = {name: _path(item, name.split(".")) for name in names} if names else item
    if app.options.event_wrapping == "value":
        data = {"key": event_id, "value": data, "source": "sandbox"}
    moment = str(app.clock.gmt(app.clock.now()))
    return {
        "specversion": "1.0",
        "type": f"com.adobe.commerce.observer.{observer}",
        "source": "urn:uuid:5d1f0a52-3c41-4a4e-9a77-000000000002",
        "id": event_id,
        "time": f"{moment}.000Z",
        "datacontenttype": "application/json",
        "eventid": event_id,
        "recipientclientid": "sandbox-client",
        "data": data,
    }
