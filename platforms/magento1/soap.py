"""SOAP v2 on the wire: paths and positional arguments -> typed operations, and their answers back to v1's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ecomsync.common.errors import UnsupportedFeature
from platforms.magento1.faults import ALIASES, PLATFORM, RemoteFault
from platforms.magento1.safe_xml import Node, XmlFault, parse
from platforms.magento1.xmlrpc import clean_text, fault_code

#: full path -> (operation, names of its arguments in v1's order). An empty name is an argument v2 does not take.
OPERATIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "core_magento.info": ("magentoInfo", ()),
    "core_store.list": ("storeList", ()),
    "catalog_product.list": ("catalogProductList", ("filters", "storeView")),
    "catalog_product.info": (
        "catalogProductInfo",
        ("productId", "storeView", "attributes", "identifierType"),
    ),
    "catalog_product.create": ("catalogProductCreate", ("type", "set", "sku", "productData", "storeView")),
    "catalog_product.update": (
        "catalogProductUpdate",
        ("product", "productData", "storeView", "identifierType"),
    ),
    "catalog_product_attribute_set.list": ("catalogProductAttributeSetList", ()),
    "catalog_product_attribute.list": ("catalogProductAttributeList", ("setId",)),
    "catalog_product_attribute.options": ("catalogProductAttributeOptions", ("attributeId", "storeView")),
    "catalog_product_attribute.addOption": ("catalogProductAttributeAddOption", ("attribute", "data")),
    "catalog_product_attribute_media.list": (
        "catalogProductAttributeMediaList",
        ("product", "storeView", "identifierType"),
    ),
    "catalog_product_attribute_media.create": (
        "catalogProductAttributeMediaCreate",
        ("product", "data", "storeView", "identifierType"),
    ),
    "catalog_product_attribute_media.update": (
        "catalogProductAttributeMediaUpdate",
        ("product", "file", "data", "storeView", "identifierType"),
    ),
    "catalog_product_attribute_media.remove": (
        "catalogProductAttributeMediaRemove",
        ("product", "file", "identifierType"),
    ),
    "catalog_product_attribute_tier_price.info": (
        "catalogProductAttributeTierPriceInfo",
        ("product", "identifierType"),
    ),
    "catalog_product_attribute_tier_price.update": (
        "catalogProductAttributeTierPriceUpdate",
        ("product", "tierPrice", "identifierType"),
    ),
    "catalog_product_link.list": ("catalogProductLinkList", ("type", "product", "identifierType")),
    "catalog_product_link.assign": (
        "catalogProductLinkAssign",
        ("type", "product", "linkedProduct", "data", "identifierType"),
    ),
    "catalog_product_link.remove": (
        "catalogProductLinkRemove",
        ("type", "product", "linkedProduct", "identifierType"),
    ),
    "cataloginventory_stock_item.list": ("catalogInventoryStockItemList", ("products",)),
    "cataloginventory_stock_item.update": ("catalogInventoryStockItemUpdate", ("product", "data")),
    "cataloginventory_stock_item.multiUpdate": (
        "catalogInventoryStockItemMultiUpdate",
        ("productIds", "productData"),
    ),
    "catalog_category.tree": ("catalogCategoryTree", ("parentId", "storeView")),
    "catalog_category.info": ("catalogCategoryInfo", ("categoryId", "storeView", "attributes")),
    "catalog_category.create": ("catalogCategoryCreate", ("parentId", "categoryData", "storeView")),
    "catalog_category.update": ("catalogCategoryUpdate", ("categoryId", "categoryData", "storeView")),
    "catalog_category.move": ("catalogCategoryMove", ("categoryId", "parentId", "afterId")),
    "customer_group.list": ("customerGroupList", ()),
    "sales_order.list": ("salesOrderList", ("filters",)),
    "sales_order.info": ("salesOrderInfo", ("orderIncrementId",)),
    "sales_order.addComment": (
        "salesOrderAddComment",
        ("orderIncrementId", "status", "comment", "notify"),
    ),
    "sales_order.hold": ("salesOrderHold", ("orderIncrementId",)),
    "sales_order.unhold": ("salesOrderUnhold", ("orderIncrementId",)),
    "sales_order.cancel": ("salesOrderCancel", ("orderIncrementId",)),
    "sales_order_invoice.list": ("salesOrderInvoiceList", ("filters",)),
    "sales_order_invoice.info": ("salesOrderInvoiceInfo", ("invoiceIncrementId",)),
    # The argument is called after the invoice and wants the number of the order.
    "sales_order_invoice.create": (
        "salesOrderInvoiceCreate",
        ("invoiceIncrementId", "itemsQty", "comment", "email", "includeComment"),
    ),
    "sales_order_invoice.capture": ("salesOrderInvoiceCapture", ("invoiceIncrementId",)),
    "sales_order_shipment.list": ("salesOrderShipmentList", ("filters",)),
    "sales_order_shipment.info": ("salesOrderShipmentInfo", ("shipmentIncrementId",)),
    "sales_order_shipment.create": (
        "salesOrderShipmentCreate",
        ("orderIncrementId", "itemsQty", "comment", "email", "includeComment"),
    ),
    "sales_order_shipment.addTrack": (
        "salesOrderShipmentAddTrack",
        ("shipmentIncrementId", "carrier", "title", "trackNumber"),
    ),
    "sales_order_shipment.sendInfo": ("salesOrderShipmentSendInfo", ("shipmentIncrementId", "comment")),
    "sales_order_creditmemo.list": ("salesOrderCreditmemoList", ("filters",)),
    "sales_order_creditmemo.info": ("salesOrderCreditmemoInfo", ("creditmemoIncrementId",)),
    "sales_order_creditmemo.create": (
        "salesOrderCreditmemoCreate",
        ("orderIncrementId", "creditmemoData", "comment", "notifyCustomer", "includeComment"),
    ),
}
#: What productData names itself; every other attribute goes through `additional_attributes`.
_PRODUCT_FIELDS = frozenset(
    [
        "categories",
        "websites",
        "name",
        "description",
        "short_description",
        "weight",
        "status",
        "url_key",
        "url_path",
        "visibility",
        "category_ids",
        "website_ids",
        "has_options",
        "gift_message_available",
        "price",
        "special_price",
        "special_from_date",
        "special_to_date",
        "tax_class_id",
        "tier_price",
        "meta_title",
        "meta_keyword",
        "meta_description",
        "custom_design",
        "custom_layout_update",
        "options_container",
        "stock_data",
        "additional_attributes",
        "sku",
    ]
)
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_FLAGS = frozenset({"notify", "email", "includeComment", "notifyCustomer"})

Named = list[tuple[str, Any]]


def operation_for(path: str, arguments: Sequence[Any]) -> tuple[str, Named]:
    """The typed operation of a call. Raises UnsupportedFeature for what v2 has not."""
    resource, _, method = path.partition(".")
    known = OPERATIONS.get(f"{ALIASES.get(resource, resource)}.{method}")
    if known is None:
        raise UnsupportedFeature(
            f"SOAP v2 has no '{path}'.",
            platform=PLATFORM,
            cure="Open /api/xmlrpc in the shop's firewall, so that XML-RPC can be used.",
        )
    operation, names = known
    named: Named = []
    for name, value in zip(names, arguments, strict=False):
        if name == "filters":
            value = typed_filters(value)
        elif name == "productData" and isinstance(value, Mapping):
            value = _typed_product(value)
        elif name == "attributes" and operation == "catalogProductInfo":
            value = _asked_attributes(value)
        elif name in ("itemsQty", "creditmemoData"):
            value = _typed_quantities(value)
        elif name in _FLAGS:
            value = 1 if value else 0
        named.append((name, value))
    return operation, named


def typed_filters(filters: Any) -> dict[str, Any]:
    """v1's map -> `filter` (equals) and `complex_filter` (one operator each; from and to are two entries)."""
    simple: list[dict[str, Any]] = []
    complex_: list[dict[str, Any]] = []
    for key, condition in (filters or {}).items():
        if not isinstance(condition, Mapping):
            simple.append({"key": key, "value": str(condition)})
            continue
        for operator, wanted in condition.items():
            text = ",".join(str(one) for one in wanted) if isinstance(wanted, list | tuple) else str(wanted)
            complex_.append({"key": key, "value": {"key": operator, "value": text}})
    found: dict[str, Any] = {}
    if simple:
        found["filter"] = simple
    if complex_:
        found["complex_filter"] = complex_
    return found


def _typed_product(data: Any) -> dict[str, Any]:
    known = {name: value for name, value in (data or {}).items() if name in _PRODUCT_FIELDS}
    single, multi = [], []
    for name, value in (data or {}).items():
        if name in _PRODUCT_FIELDS:
            continue
        if isinstance(value, list | tuple):
            multi.append({"key": name, "value": list(value)})
        else:
            single.append({"key": name, "value": value})
    if single or multi:
        known["additional_attributes"] = {"single_data": single, "multi_data": multi}
    return known


def _asked_attributes(codes: Any) -> dict[str, Any] | None:
    if not codes:
        return None
    standard = [code for code in codes if code in _PRODUCT_FIELDS]
    return {"attributes": standard, "additional_attributes": [code for code in codes if code not in standard]}


def _typed_quantities(value: Any) -> Any:
    """{item id: quantity} -> pairs."""
    if isinstance(value, Mapping) and "qtys" in value:
        return {**value, "qtys": _pairs(value["qtys"])}
    return _pairs(value)


def _pairs(quantities: Any) -> list[dict[str, Any]]:
    return [{"order_item_id": key, "qty": amount} for key, amount in (quantities or {}).items()]


def envelope(namespace: str, operation: str, named: Named) -> bytes:
    """The document of one call, rpc/encoded."""
    parts = "".join(_element(name, value) for name, value in named)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns:urn={quoteattr(namespace)} '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/">'
        '<soapenv:Body soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
        f"<urn:{operation}>{parts}</urn:{operation}></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _element(name: str, value: Any) -> str:
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_element(key, one) for key, one in value.items())}</{name}>"
    if isinstance(value, list | tuple):
        kind = "xsd:anyType" if value and isinstance(value[0], Mapping) else "xsd:string"
        rows = "".join(_element("item", one) for one in value)
        return f'<{name} xsi:type="soapenc:Array" soapenc:arrayType="{kind}[{len(value)}]">{rows}</{name}>'
    if isinstance(value, bool | int):
        return f'<{name} xsi:type="xsd:int">{int(value)}</{name}>'
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return f'<{name} xsi:type="xsd:string">{escape(clean_text(text))}</{name}>'


def read_namespace(wsdl: bytes) -> str:
    """The target namespace of a WSDL. Raises XmlFault."""
    root = parse(wsdl)
    namespace = root.attributes.get("targetNamespace", "")
    if root.tag != "definitions" or not namespace:
        raise XmlFault("the address answers with something that is not a WSDL")
    return namespace


def read_answer(body: bytes, path: str) -> Any:
    """The value of an answer, shaped as v1 gives it. Raises RemoteFault, XmlFault."""
    root = parse(body)
    content = root.child("Body")
    if root.tag != "Envelope" or content is None or not content.children:
        raise XmlFault(f"the answer is <{root.tag}> and not a SOAP envelope")
    first = content.children[0]
    if first.tag == "Fault":
        code, text = first.child("faultcode"), first.child("faultstring")
        told = code.text.rpartition(":")[2] if code is not None else ""
        raise RemoteFault(fault_code(told), text.text if text is not None else "")
    if not first.children:
        return None
    return _untyped(_decode(first.children[0]), path)


def _decode(node: Node) -> Any:
    if node.attributes.get("nil") in ("true", "1"):
        return None
    kind = node.attributes.get("type", "")
    if not node.children:
        if kind.endswith("Array") or "arrayType" in node.attributes:
            return []
        if kind.endswith("boolean"):
            return node.text.strip() in ("true", "1")
        return node.text
    if kind.endswith("Array") or all(child.tag == "item" for child in node.children):
        return [_decode(child) for child in node.children]
    return {child.tag: _decode(child) for child in node.children}


def _untyped(value: Any, path: str) -> Any:
    """Writes answer 1 or true where v1 answers true."""
    method = path.partition(".")[2]
    if method in (
        "update",
        "multiUpdate",
        "addComment",
        "hold",
        "unhold",
        "cancel",
        "addOption",
        "remove",
        "move",
    ):
        return value in (True, "1", 1, "true")
    return value
