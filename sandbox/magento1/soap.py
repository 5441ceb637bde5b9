"""The SOAP v2 door: typed operations, filters of its own shape, answers without the columns its WSDL does not name."""

import re
import xml.etree.ElementTree as ET
from typing import Any
from xml.sax.saxutils import escape

from sandbox.magento1.errors import ApiFault
from sandbox.magento1.rows import Json

OPERATIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "magentoInfo": ("core_magento.info", ()),
    "storeList": ("core_store.list", ()),
    "storeInfo": ("core_store.info", ("storeId",)),
    "catalogProductList": ("catalog_product.list", ("filters", "storeView")),
    "catalogProductInfo": ("catalog_product.info", ("productId", "storeView", "attributes", "identifierType")),
    "catalogProductCreate": ("catalog_product.create", ("type", "set", "sku", "productData", "storeView")),
    "catalogProductUpdate": ("catalog_product.update", ("product", "productData", "storeView", "identifierType")),
    "catalogProductMultiUpdate": (
        "catalog_product.multiUpdate", ("productIds", "productData", "store", "identifierType"),
    ),
    "catalogProductDelete": ("catalog_product.delete", ("product", "identifierType")),
    "catalogProductSetSpecialPrice": (
        "catalog_product.setSpecialPrice",
        ("product", "specialPrice", "fromDate", "toDate", "storeView", "identifierType"),
    ),
    "catalogProductAttributeSetList": ("catalog_product_attribute_set.list", ()),
    "catalogProductAttributeList": ("catalog_product_attribute.list", ("setId",)),
    "catalogProductAttributeOptions": ("catalog_product_attribute.options", ("attributeId", "storeView")),
    "catalogProductAttributeAddOption": ("catalog_product_attribute.addOption", ("attribute", "data")),
    "catalogProductAttributeMediaList": (
        "catalog_product_attribute_media.list", ("product", "storeView", "identifierType"),
    ),
    "catalogProductAttributeMediaCreate": (
        "catalog_product_attribute_media.create", ("product", "data", "storeView", "identifierType"),
    ),
    "catalogProductAttributeMediaUpdate": (
        "catalog_product_attribute_media.update", ("product", "file", "data", "storeView", "identifierType"),
    ),
    "catalogProductAttributeMediaRemove": (
        "catalog_product_attribute_media.remove", ("product", "file", "identifierType"),
    ),
    "catalogProductAttributeTierPriceInfo": (
        "catalog_product_attribute_tier_price.info", ("product", "identifierType"),
    ),
    "catalogProductAttributeTierPriceUpdate": (
        "catalog_product_attribute_tier_price.update", ("product", "tierPrice", "identifierType"),
    ),
    "catalogProductLinkList": ("catalog_product_link.list", ("type", "product", "identifierType")),
    "catalogProductLinkAssign": (
        "catalog_product_link.assign", ("type", "product", "linkedProduct", "data", "identifierType"),
    ),
    "catalogProductLinkUpdate": (
        "catalog_product_link.update", ("type", "product", "linkedProduct", "data", "identifierType"),
    ),
    "catalogProductLinkRemove": (
        "catalog_product_link.remove", ("type", "product", "linkedProduct", "identifierType"),
    ),
    "catalogInventoryStockItemList": ("cataloginventory_stock_item.list", ("products",)),
    "catalogInventoryStockItemUpdate": ("cataloginventory_stock_item.update", ("product", "data")),
    "catalogInventoryStockItemMultiUpdate": (
        "cataloginventory_stock_item.multiUpdate", ("productIds", "productData"),
    ),
    "catalogCategoryTree": ("catalog_category.tree", ("parentId", "storeView")),
    "catalogCategoryInfo": ("catalog_category.info", ("categoryId", "storeView", "attributes")),
    "catalogCategoryCreate": ("catalog_category.create", ("parentId", "categoryData", "storeView")),
    "catalogCategoryUpdate": ("catalog_category.update", ("categoryId", "categoryData", "storeView")),
    "catalogCategoryMove": ("catalog_category.move", ("categoryId", "parentId", "afterId")),
    "customerCustomerList": ("customer.list", ("filters",)),
    "customerCustomerInfo": ("customer.info", ("customerId", "attributes")),
    "customerGroupList": ("customer_group.list", ()),
    "salesOrderList": ("sales_order.list", ("filters",)),
    "salesOrderInfo": ("sales_order.info", ("orderIncrementId",)),
    "salesOrderAddComment": ("sales_order.addComment", ("orderIncrementId", "status", "comment", "notify")),
    "salesOrderHold": ("sales_order.hold", ("orderIncrementId",)),
    "salesOrderUnhold": ("sales_order.unhold", ("orderIncrementId",)),
    "salesOrderCancel": ("sales_order.cancel", ("orderIncrementId",)),
    "salesOrderInvoiceList": ("sales_order_invoice.list", ("filters",)),
    "salesOrderInvoiceInfo": ("sales_order_invoice.info", ("invoiceIncrementId",)),
    # Pass the number of the order although the argument is called after the invoice.
    "salesOrderInvoiceCreate": (
        "sales_order_invoice.create", ("invoiceIncrementId", "itemsQty", "comment", "email", "includeComment"),
    ),
    "salesOrderInvoiceCapture": ("sales_order_invoice.capture", ("invoiceIncrementId",)),
    "salesOrderInvoiceAddComment": (
        "sales_order_invoice.addComment", ("invoiceIncrementId", "comment", "email", "includeComment"),
    ),
    "salesOrderShipmentList": ("sales_order_shipment.list", ("filters",)),
    "salesOrderShipmentInfo": ("sales_order_shipment.info", ("shipmentIncrementId",)),
    "salesOrderShipmentCreate": (
        "sales_order_shipment.create", ("orderIncrementId", "itemsQty", "comment", "email", "includeComment"),
    ),
    "salesOrderShipmentAddTrack": (
        "sales_order_shipment.addTrack", ("shipmentIncrementId", "carrier", "title", "trackNumber", "weight"),
    ),
    "salesOrderShipmentAddComment": (
        "sales_order_shipment.addComment", ("shipmentIncrementId", "comment", "email", "includeInEmail"),
    ),
    "salesOrderShipmentSendInfo": ("sales_order_shipment.sendInfo", ("shipmentIncrementId", "comment")),
    "salesOrderShipmentGetCarriers": ("sales_order_shipment.getCarriers", ("orderIncrementId",)),
    "salesOrderCreditmemoList": ("sales_order_creditmemo.list", ("filters",)),
    "salesOrderCreditmemoInfo": ("sales_order_creditmemo.info", ("creditmemoIncrementId",)),
    "salesOrderCreditmemoCreate": (
        "sales_order_creditmemo.create",
        ("orderIncrementId", "creditmemoData", "comment", "notifyCustomer", "includeComment",
         "refundToStoreCreditAmount"),
    ),
}  # fmt: skip
_ORDER_INFO_LACKS = [
    "coupon_code",
    "discount_description",
    "customer_taxvat",
    "shipping_tax_amount",
    "shipping_incl_tax",
    "subtotal_incl_tax",
    "hidden_tax_amount",
    "shipping_hidden_tax_amount",
    "ext_order_id",
    "shipping_discount_amount",
    "customer_note",
]
_ITEM_LACKS = ["parent_item_id", "price_incl_tax", "row_total_incl_tax", "hidden_tax_amount"]
_PAYMENT_LACKS = ("additional_information", "last_trans_id")
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def read_call(body: bytes) -> tuple[str, Json]:
    """Operation and named arguments. Raises ApiFault for what is no envelope."""
    try:
        root = ET.fromstring(body)
    except ET.ParseError as err:
        raise ApiFault(0, "Bad Request") from err
    envelope = root.find(f"{{{_ENVELOPE}}}Body")
    if envelope is None or not len(envelope):
        raise ApiFault(0, "Body must be present in a SOAP envelope")
    operation = envelope[0]
    return _local(operation), {_local(child): _decode(child) for child in operation}


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _decode(element: ET.Element) -> Any:
    if element.get(f"{{{_XSI}}}nil") in ("true", "1"):
        return None
    children = list(element)
    if not children:
        kind = element.get(f"{{{_XSI}}}type", "")
        return [] if "Array" in kind else element.text or ""
    if all(_local(child) == "item" for child in children):
        return [_decode(child) for child in children]
    return {_local(child): _decode(child) for child in children}


def arguments_of(operation: str, named: Json) -> tuple[str, list[Any]]:
    """Path and positional arguments of an operation."""
    if operation not in OPERATIONS:
        raise ApiFault(0, f"Procedure '{operation}' not present")
    path, names = OPERATIONS[operation]
    values = [filters_of(named.get(name)) if name == "filters" else named.get(name) for name in names]
    if operation in ("catalogProductUpdate", "catalogProductCreate"):
        values = [_with_additional(value) for value in values]
    return path, values


def filters_of(given: Any) -> Json:
    """`filter` rows mean equal; `complex_filter` rows carry one operator; from and to of one field are merged."""
    found: Json = {}
    if not isinstance(given, dict):
        return found
    for row in given.get("filter") or []:
        found[row["key"]] = row["value"]
    for row in given.get("complex_filter") or []:
        condition = row["value"]
        present = found.setdefault(row["key"], {})
        if isinstance(present, dict):
            present[condition["key"]] = condition["value"]
    return found


def _with_additional(value: Any) -> Any:
    """`single_data` comes as pairs of key and value."""
    if not isinstance(value, dict) or not isinstance(value.get("additional_attributes"), dict):
        return value
    more = dict(value["additional_attributes"])
    for part in ("single_data", "multi_data"):
        rows = more.get(part)
        if isinstance(rows, list):
            more[part] = {row["key"]: row["value"] for row in rows}
    return {**value, "additional_attributes": more}


def typed(path: str, value: Any) -> Any:
    """The answer without what the WSDL does not name."""
    if path == "sales_order.info":
        order = {k: v for k, v in value.items() if k not in _ORDER_INFO_LACKS}
        order["items"] = [{k: v for k, v in row.items() if k not in _ITEM_LACKS} for row in value["items"]]
        order["payment"] = {k: v for k, v in value["payment"].items() if k not in _PAYMENT_LACKS}
        return order
    if path == "sales_order_shipment.getCarriers":
        return [{"key": code, "value": name} for code, name in value.items()]
    return value


def answer(operation: str, value: Any, namespace: str) -> bytes:
    name = "loginReturn" if operation == "login" else "result"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{_ENVELOPE}" xmlns:ns1="{namespace}" '
        f'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="{_XSI}" '
        'xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" '
        'SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
        f"<ns1:{operation}Response>{_encode(name, value)}</ns1:{operation}Response>"
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>\n"
    ).encode()


def fault_answer(err: ApiFault) -> bytes:
    """The code of a fault is a number as text."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{_ENVELOPE}"><SOAP-ENV:Body><SOAP-ENV:Fault>'
        f"<faultcode>{err.code}</faultcode><faultstring>{escape(err.message)}</faultstring>"
        "</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>\n"
    ).encode()


_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _encode(name: str, value: Any) -> str:
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, list):
        rows = "".join(_encode("item", row) for row in value)
        return f'<{name} SOAP-ENC:arrayType="xsd:anyType[{len(value)}]" xsi:type="SOAP-ENC:Array">{rows}</{name}>'
    if isinstance(value, dict):
        return f"<{name}>{''.join(_encode(key, one) for key, one in value.items())}</{name}>"
    if isinstance(value, bool):
        return f'<{name} xsi:type="xsd:boolean">{"true" if value else "false"}</{name}>'
    return f'<{name} xsi:type="xsd:string">{escape(_ILLEGAL.sub("", str(value)))}</{name}>'


def wsdl(namespace: str, address: str) -> bytes:
    """As much of the WSDL as a client needs that reads the namespace and the operations."""
    operations = "".join(
        f'<operation name="{name}"><input message="typens:{name}Request"/></operation>'
        for name in ("login", "endSession", *OPERATIONS)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<definitions xmlns:typens="{namespace}" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        f'xmlns="http://schemas.xmlsoap.org/wsdl/" name="Magento" targetNamespace="{namespace}">'
        f'<portType name="PortType">{operations}</portType>'
        f'<service name="MagentoService"><port name="Port" binding="typens:Binding">'
        f'<soap:address location="{escape(address)}"/></port></service></definitions>\n'
    ).encode()
