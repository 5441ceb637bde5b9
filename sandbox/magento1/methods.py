"""Every method that can be called, by its path; what writes is told apart, for counting and for rights."""

from typing import Any

from sandbox.magento1 import (
    attributes,
    carts,
    categories,
    creditmemos,
    customers,
    documents,
    links,
    media,
    orders,
    products,
    stock,
    tiers,
)
from sandbox.magento1.calls import Method

ALIASES = {
    "product": "catalog_product",
    "category": "catalog_category",
    "product_attribute": "catalog_product_attribute",
    "product_attribute_set": "catalog_product_attribute_set",
    "product_media": "catalog_product_attribute_media",
    "product_tier_price": "catalog_product_attribute_tier_price",
    "product_type": "catalog_product_type",
    "product_link": "catalog_product_link",
    "product_stock": "cataloginventory_stock_item",
    "order": "sales_order",
    "order_shipment": "sales_order_shipment",
    "order_invoice": "sales_order_invoice",
    "order_creditmemo": "sales_order_creditmemo",
    "store": "core_store",
    "magento": "core_magento",
    "cart": "checkout_cart",
    "cart_product": "checkout_cart_product",
}


def _read(handler: Any) -> Method:
    return Method(handler)


def _write(handler: Any) -> Method:
    return Method(handler, writes=True)


METHODS: dict[str, Method] = {
    "core_magento.info": _read(attributes.magento_info),
    "core_store.list": _read(attributes.stores),
    "core_store.info": _read(attributes.store_info),
    "catalog_product.list": _read(products.items),
    "catalog_product.info": _read(products.info),
    "catalog_product.create": _write(products.create),
    "catalog_product.update": _write(products.update),
    "catalog_product.delete": _write(products.delete),
    "catalog_product.setSpecialPrice": _write(products.set_special_price),
    "catalog_product.getSpecialPrice": _read(products.get_special_price),
    "catalog_product.multiUpdate": _write(products.multi_update),
    "catalog_product_type.list": _read(attributes.types),
    "catalog_product_attribute.list": _read(attributes.items),
    "catalog_product_attribute.info": _read(attributes.info),
    "catalog_product_attribute.options": _read(attributes.options),
    "catalog_product_attribute.addOption": _write(attributes.add_option),
    "catalog_product_attribute_set.list": _read(attributes.sets),
    "catalog_product_attribute_media.list": _read(media.items),
    "catalog_product_attribute_media.info": _read(media.info),
    "catalog_product_attribute_media.create": _write(media.create),
    "catalog_product_attribute_media.update": _write(media.update),
    "catalog_product_attribute_media.remove": _write(media.remove),
    "catalog_product_attribute_tier_price.info": _read(tiers.info),
    "catalog_product_attribute_tier_price.update": _write(tiers.update),
    "catalog_product_link.types": _read(links.types),
    "catalog_product_link.list": _read(links.items),
    "catalog_product_link.assign": _write(links.assign),
    "catalog_product_link.update": _write(links.assign),
    "catalog_product_link.remove": _write(links.remove),
    "cataloginventory_stock_item.list": _read(stock.items),
    "cataloginventory_stock_item.update": _write(stock.update),
    "cataloginventory_stock_item.multiUpdate": _write(stock.multi_update),
    "catalog_category.tree": _read(categories.tree),
    "catalog_category.level": _read(categories.level),
    "catalog_category.info": _read(categories.info),
    "catalog_category.create": _write(categories.create),
    "catalog_category.update": _write(categories.update),
    "catalog_category.move": _write(categories.move),
    "catalog_category.delete": _write(categories.delete),
    "catalog_category.assignedProducts": _read(categories.assigned),
    "catalog_category.assignProduct": _write(categories.assign),
    "catalog_category.updateProduct": _write(categories.assign),
    "catalog_category.removeProduct": _write(categories.remove),
    "customer.list": _read(customers.items),
    "customer.info": _read(customers.info),
    "customer.create": _write(customers.create),
    "customer.update": _write(customers.update),
    "customer.delete": _write(customers.delete),
    "customer_group.list": _read(customers.groups),
    "customer_address.list": _read(customers.addresses),
    "customer_address.info": _read(customers.address_info),
    "customer_address.create": _write(customers.address_create),
    "customer_address.update": _write(customers.address_update),
    "customer_address.delete": _write(customers.address_delete),
    "sales_order.list": _read(orders.items),
    "sales_order.info": _read(orders.info),
    "sales_order.addComment": _write(orders.add_comment),
    "sales_order.hold": _write(orders.hold),
    "sales_order.unhold": _write(orders.unhold),
    "sales_order.cancel": _write(orders.cancel),
    "sales_order_invoice.list": _read(documents.lister("invoice")),
    "sales_order_invoice.info": _read(documents.informer("invoice")),
    "sales_order_invoice.create": _write(documents.invoice_create),
    "sales_order_invoice.addComment": _write(documents.commenter("invoice")),
    "sales_order_invoice.capture": _write(documents.invoice_capture),
    "sales_order_invoice.cancel": _write(documents.invoice_cancel),
    "sales_order_shipment.list": _read(documents.lister("shipment")),
    "sales_order_shipment.info": _read(documents.informer("shipment")),
    "sales_order_shipment.create": _write(documents.shipment_create),
    "sales_order_shipment.addComment": _write(documents.commenter("shipment")),
    "sales_order_shipment.addTrack": _write(documents.add_track),
    "sales_order_shipment.removeTrack": _write(documents.remove_track),
    "sales_order_shipment.sendInfo": _write(documents.send_info),
    "sales_order_shipment.getCarriers": _read(documents.carriers),
    "sales_order_creditmemo.list": _read(documents.lister("creditmemo")),
    "sales_order_creditmemo.info": _read(documents.informer("creditmemo")),
    "sales_order_creditmemo.create": _write(creditmemos.creditmemo_create),
    "sales_order_creditmemo.addComment": _write(documents.commenter("creditmemo")),
    "sales_order_creditmemo.cancel": _write(creditmemos.creditmemo_cancel),
    "checkout_cart.create": _write(carts.create),
    "checkout_cart.order": _write(carts.order),
    "checkout_cart_product.add": _write(carts.add),
}
V2_ONLY = frozenset({"catalog_product.multiUpdate", "cataloginventory_stock_item.multiUpdate"})


def full_path(path: str) -> str:
    """`order.info` is `sales_order.info`."""
    resource, dot, name = path.partition(".")
    return f"{ALIASES.get(resource, resource)}{dot}{name}"


def is_write(path: str) -> bool:
    method = METHODS.get(full_path(path))
    return method is not None and method.writes
