"""`catalog_product_attribute.*` and `catalog_product_attribute_set.*`."""

from typing import Any

from sandbox.magento1.calls import Call
from sandbox.magento1.errors import fault
from sandbox.magento1.rows import Attribute, Json
from sandbox.magento1.state import STORES, Store

RESOURCE = "catalog_product_attribute"
_STANDARD = (
    ("name", "Name", "text", True, "store"),
    ("description", "Description", "textarea", True, "store"),
    ("short_description", "Short Description", "textarea", True, "store"),
    ("weight", "Weight", "weight", True, "global"),
    ("status", "Status", "select", True, "website"),
    ("visibility", "Visibility", "select", True, "store"),
    ("price", "Price", "price", True, "global"),
    ("special_price", "Special Price", "price", False, "global"),
    ("special_from_date", "Special Price From Date", "date", False, "global"),
    ("special_to_date", "Special Price To Date", "date", False, "global"),
    ("tax_class_id", "Tax Class", "select", True, "website"),
    ("url_key", "URL Key", "text", False, "store"),
    ("url_path", "URL Path", "text", False, "store"),
    ("meta_title", "Meta Title", "text", False, "store"),
    ("meta_keyword", "Meta Keywords", "textarea", False, "store"),
    ("meta_description", "Meta Description", "textarea", False, "store"),
    ("has_options", "Has Options", "text", False, "global"),
    ("gift_message_available", "Allow Gift Message", "select", False, "global"),
    ("options_container", "Display Product Options In", "select", False, "store"),
    ("color", "Color", "select", False, "global"),
    ("size", "Size", "select", False, "global"),
    ("manufacturer", "Manufacturer", "select", False, "global"),
    ("barcode", "Barcode", "text", False, "global"),
    ("cost", "Cost", "price", False, "global"),
)


def furnish(store: Store) -> None:
    for code, label, kind, required, scope in _STANDARD:
        row = Attribute(store.next_id("attribute") + 70, code, label, kind, required, scope)
        store.attributes[row.id] = row
        if code == "status":
            row.options = {1: "Enabled", 2: "Disabled"}
        elif code == "visibility":
            row.options = {
                1: "Not Visible Individually",
                2: "Catalog",
                3: "Search",
                4: "Catalog, Search",
            }
        elif code == "tax_class_id":
            row.options = {0: "None", 2: "Taxable Goods", 5: "Zero rated"}
    store.ids["option"] = 47


def add_option_value(store: Store, code: str, label: str) -> int:
    """The id of an option, made when it is missing."""
    attribute = store.attribute(code)
    if attribute is None:
        raise LookupError(code)
    for option, known in attribute.options.items():
        if known == label:
            return option
    option = store.next_id("option")
    attribute.options[option] = label
    return option


def items(call: Call, set_id: Any) -> list[Json]:
    return [
        {
            "attribute_id": str(row.id),
            "code": row.code,
            "type": row.input,
            "required": "1" if row.required else "0",
            "scope": row.scope,
        }
        for row in call.store.attributes.values()
    ]


def options(call: Call, given: Any, view: Any = None) -> list[Json]:
    call.store.store_id(view, RESOURCE)
    row = _found(call, given)
    return [
        {"value": "", "label": ""},
        *({"value": str(i), "label": text} for i, text in row.options.items()),
    ]


def _found(call: Call, given: Any) -> Attribute:
    row = call.store.attribute(given)
    if row is None:
        raise fault(RESOURCE, 101)
    return row


def add_option(call: Call, given: Any, data: Any) -> bool:
    """Tells no id, and takes the same label again and again."""
    row = _found(call, given)
    if row.input not in ("select", "multiselect"):
        raise fault(RESOURCE, 104, "Incorrect attribute type")
    labels = data.get("label") if isinstance(data, dict) else None
    text = ""
    for label in labels if isinstance(labels, list) else []:
        stores = label.get("store_id")
        wanted = [str(one) for one in (stores if isinstance(stores, list) else [stores])]
        if "0" in wanted or not text:
            text = str(label.get("value") or "")
    if not text:
        raise fault(RESOURCE, 108)
    row.options[call.store.next_id("option")] = text
    return True


def info(call: Call, given: Any) -> Json:
    row = _found(call, given)
    return {
        "attribute_id": str(row.id),
        "attribute_code": row.code,
        "frontend_input": row.input,
        "is_required": "1" if row.required else "0",
        "scope": row.scope,
        "frontend_label": [{"store_id": 0, "label": row.label}],
        "options": options(call, given),
    }


def sets(call: Call) -> list[Json]:
    return [{"set_id": str(number), "name": name} for number, name in call.store.sets.items()]


def types(call: Call) -> list[Json]:
    return [
        {"type": "simple", "label": "Simple Product"},
        {"type": "grouped", "label": "Grouped Product"},
        {"type": "configurable", "label": "Configurable Product"},
        {"type": "virtual", "label": "Virtual Product"},
        {"type": "bundle", "label": "Bundle Product"},
    ]


def stores(call: Call) -> list[Json]:
    return [dict(row) for row in STORES]


def store_info(call: Call, given: Any) -> Json:
    number = call.store.store_id(given, "core_store")
    for row in STORES:
        if int(row["store_id"]) == number:
            return dict(row)
    raise fault("core_store", 100)


def magento_info(call: Call) -> Json:
    options = call.store.options
    told = {"magento_edition": "Community", "magento_version": options.version}
    if options.openmage_version:
        told |= {"openmage_version": options.openmage_version, "openmage_major_version": "20"}
    return told
