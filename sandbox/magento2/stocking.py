"""Products straight into the tables, thousands at once, for tests, demos and benchmarks."""

from decimal import Decimal

from sandbox.magento2 import stock
from sandbox.magento2.rows import Attribute, Json, Product
from sandbox.magento2.state import Store
from sandbox.php import slugify


def new_product(
    store: Store,
    sku: str,
    *,
    type_id: str = "simple",
    name: str = "",
    price: str | None = "10.00",
    **values: object,
) -> Product:
    """A product that every website shows; values: further attribute values."""
    product = Product(store.next_id("product"), sku, type_id)
    product.created = product.updated = store.clock.now()
    product.website_ids = list(store.websites)
    product.values[0] = {
        "name": name or f"Product {sku}",
        "status": 1,
        "visibility": 4,
        "url_key": slugify(sku),
        "tax_class_id": "2",
        **values,
    }
    if price is not None:
        product.values[0]["price"] = Decimal(price)
    if type_id == "simple":
        product.values[0].setdefault("weight", Decimal("0.5"))
    store.add_product(product)
    return product


def fill(store: Store, product: Product, quantity: Decimal | int | str, source: str = stock.DEFAULT) -> None:
    """Puts pieces on the shelf."""
    amount = Decimal(str(quantity))
    if store.options.msi:
        stock.put_source_item(store, product.sku, source, amount, int(amount > 0))
    else:
        product.stock["qty"], product.stock["is_in_stock"] = amount, amount > 0


def bulk_simple(
    store: Store, count: int, *, prefix: str = "SIM", price: str = "10.00", stock: int = 5, start: int = 1
) -> list[Json]:
    """`SIM-00001` …; returns id and sku of each."""
    made = []
    with store.lock:
        for number in range(start, start + count):
            product = new_product(store, f"{prefix}-{number:05d}", price=price)
            fill(store, product, stock)
            made.append({"id": product.id, "sku": product.sku})
    return made


def option_value(store: Store, code: str, label: str) -> str:
    """The number of a select option, made when it is not there; the attribute too."""
    attribute = store.attributes.get(code)
    if attribute is None:
        attribute = Attribute(store.next_id("attribute"), code, code.capitalize(), "select", "global", True)
        store.attributes[code] = attribute
        store.sets[4].attribute_ids.append(attribute.id)
    for option in attribute.options:
        if option["label"] == label:
            return str(option["value"])
    value = str(store.next_id("option"))
    attribute.options.append({"value": value, "label": label, "sort_order": 0, "store_labels": {}})
    return value


def make_configurable(store: Store, sku: str, codes: list[str], *, name: str = "") -> Product:
    parent = new_product(store, sku, type_id="configurable", name=name, price=None)
    for position, code in enumerate(codes):
        attribute = store.attributes[code]
        parent.configurable.append(
            {
                "id": store.next_id("configurable_option"),
                "attribute_id": attribute.id,
                "label": attribute.label,
                "position": position,
                "values": [],
            }
        )
    return parent


def adopt(store: Store, parent: Product, child: Product) -> None:
    parent.children.append(child.id)
    for option in parent.configurable:
        attribute = store.attribute_by_id(option["attribute_id"])
        value = int(child.get(attribute.code) or 0) if attribute else 0
        if value and value not in option["values"]:
            option["values"].append(value)


def bulk_variable(
    store: Store,
    count: int,
    variations: int,
    *,
    prefix: str = "VAR",
    price: str = "10.00",
    stock: int = 5,
    start: int = 1,
) -> list[Json]:
    """`VAR-00001` … with children `VAR-00001-01` …; returns id, sku and parent_id of each child."""
    made = []
    with store.lock:
        for number in range(start, start + count):
            sku = f"{prefix}-{number:05d}"
            values = [option_value(store, "size", f"{k:02d}") for k in range(1, variations + 1)]
            parent = make_configurable(store, sku, ["size"])
            for place, value in enumerate(values, start=1):
                child = new_product(store, f"{sku}-{place:02d}", price=price, visibility=1, size=value)
                fill(store, child, stock)
                adopt(store, parent, child)
                made.append({"id": child.id, "sku": child.sku, "parent_id": parent.id, "parent_sku": sku})
    return made
