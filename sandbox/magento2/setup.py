"""What a new shop holds: one website with an English and an Arabic view, attributes, categories, one source."""

from sandbox.magento2.rows import (
    Attribute,
    AttributeSet,
    Category,
    Group,
    Json,
    Source,
    Stock,
    View,
    Website,
)
from sandbox.magento2.state import Store

# code, id, label, input, scope
ATTRIBUTES: list[tuple[str, int, str, str, str]] = [
    ("name", 73, "Product Name", "text", "store"),
    ("sku", 74, "SKU", "text", "global"),
    ("description", 75, "Description", "textarea", "store"),
    ("short_description", 76, "Short Description", "textarea", "store"),
    ("price", 77, "Price", "price", "global"),
    ("special_price", 78, "Special Price", "price", "global"),
    ("special_from_date", 79, "Special Price From Date", "date", "global"),
    ("special_to_date", 80, "Special Price To Date", "date", "global"),
    ("cost", 81, "Cost", "price", "global"),
    ("weight", 82, "Weight", "weight", "global"),
    ("manufacturer", 83, "Manufacturer", "select", "global"),
    ("meta_title", 84, "Meta Title", "text", "store"),
    ("meta_keyword", 85, "Meta Keywords", "textarea", "store"),
    ("meta_description", 86, "Meta Description", "textarea", "store"),
    ("image", 87, "Base", "media_image", "store"),
    ("small_image", 88, "Small", "media_image", "store"),
    ("thumbnail", 89, "Thumbnail", "media_image", "store"),
    ("color", 93, "Color", "select", "global"),
    ("status", 97, "Enable Product", "select", "website"),
    ("visibility", 99, "Visibility", "select", "store"),
    ("category_ids", 104, "Categories", "text", "global"),
    ("country_of_manufacture", 114, "Country of Manufacture", "select", "website"),
    ("url_key", 121, "URL Key", "text", "store"),
    ("price_type", 127, "Dynamic Price", "boolean", "global"),
    ("sku_type", 128, "Dynamic SKU", "boolean", "global"),
    ("weight_type", 129, "Dynamic Weight", "boolean", "global"),
    ("price_view", 130, "Price View", "select", "global"),
    ("shipment_type", 131, "Ship Bundle Items", "select", "global"),
    ("tax_class_id", 136, "Tax Class", "select", "website"),
    ("size", 144, "Size", "select", "global"),
]
USER_DEFINED = frozenset({"manufacturer", "color", "cost", "size"})

# status -> state, as they are installed; the first of a state is its default
STATUSES = {
    "pending": "new",
    "pending_payment": "pending_payment",
    "processing": "processing",
    "fraud": "processing",
    "complete": "complete",
    "closed": "closed",
    "canceled": "canceled",
    "holded": "holded",
    "payment_review": "payment_review",
}
CUSTOMER_GROUPS: list[Json] = [
    {"id": 0, "code": "NOT LOGGED IN", "tax_class_id": 3, "tax_class_name": "Retail Customer"},
    {"id": 1, "code": "General", "tax_class_id": 3, "tax_class_name": "Retail Customer"},
    {"id": 2, "code": "Wholesale", "tax_class_id": 3, "tax_class_name": "Retail Customer"},
    {"id": 3, "code": "Retailer", "tax_class_id": 3, "tax_class_name": "Retail Customer"},
]


def furnish(store: Store) -> None:
    store.websites[1] = Website(1, "base", "Main Website", 1)
    store.groups[1] = Group(1, 1, 2, 1, "Main Website Store", "main_website_store")
    store.views[1] = View(1, "default", "English", 1, 1, "en_US")
    store.views[2] = View(2, "ar", "العربية", 1, 1, "ar_SA")
    store.ids.update(website=1, group=1, view=2)
    _attributes(store)
    _categories(store)
    store.sources["default"] = Source("default", "Default Source")
    store.stocks[1] = Stock(1, "Default Stock", ["base"], {"default": 1})
    store.ids["stock"] = 1
    for row in CUSTOMER_GROUPS:
        store.customer_groups[int(row["id"])] = dict(row)
    store.ids["customer_group"] = 3
    store.statuses.update(STATUSES)


def _attributes(store: Store) -> None:
    for code, number, label, kind, scope in ATTRIBUTES:
        attribute = Attribute(number, code, label, kind, scope, code in USER_DEFINED)
        store.attributes[code] = attribute
    for value, label in (("1", "Enabled"), ("2", "Disabled")):
        _option(store.attributes["status"], value, label)
    for value, label in (
        ("1", "Not Visible Individually"),
        ("2", "Catalog"),
        ("3", "Search"),
        ("4", "Catalog, Search"),
    ):
        _option(store.attributes["visibility"], value, label)
    for value, label in (("0", "None"), ("2", "Taxable Goods")):
        _option(store.attributes["tax_class_id"], value, label)
    store.ids.update(attribute=150, option=10)
    every = [a.id for a in store.attributes.values()]
    store.sets[4] = AttributeSet(4, "Default", 1, every)
    store.ids["attribute_set"] = 8


def _option(attribute: Attribute, value: str, label: str) -> None:
    attribute.options.append({"value": value, "label": label, "sort_order": 0, "store_labels": {}})


def _categories(store: Store) -> None:
    now = store.clock.now()
    root = {0: {"name": "Root Catalog", "is_active": True}}
    home = {0: {"name": "Default Category", "is_active": True, "include_in_menu": True}}
    store.categories[1] = Category(1, 0, root, 0, 0, "1", now, now)
    store.categories[2] = Category(2, 1, home, 1, 1, "1/2", now, now)
    store.ids["category"] = 2
