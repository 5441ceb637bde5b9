"""The lines of an order: simple ones, pairs of configurable and child, bundles with parts, members of a group."""

from decimal import Decimal

from sandbox.magento2.order_rows import Item, Order
from sandbox.magento2.rows import ZERO, Json, Product
from sandbox.magento2.shop_prices import final_price
from sandbox.magento2.state import Store
from sandbox.magento2.totals import price_item


def add_lines(store: Store, order: Order, rows: list[Json]) -> None:
    for row in rows:
        product = store.by_sku(str(row["sku"]))
        quantity = Decimal(str(row.get("quantity", 1)))
        if product is None:
            _gone(store, order, row, quantity)
        elif product.type_id == "bundle":
            _bundle(store, order, product, row, quantity)
        elif product.type_id == "grouped":
            _grouped(store, order, product, quantity)
        else:
            parent = store.parent_of(product)
            if parent is not None and not row.get("alone"):
                _pair(store, order, parent, product, row, quantity)
            else:
                _simple(store, order, product, row, quantity)


def _item(store: Store, order: Order, product: Product, quantity: Decimal, kind: str = "") -> Item:
    item = Item(store.next_id("order_item"), product.sku, str(product.get("name", order.store_id) or ""))
    item.product_id, item.product_type, item.ordered = product.id, kind or product.type_id, quantity
    item.weight = Decimal(product.get("weight") or 0)
    item.is_virtual = product.type_id in ("virtual", "downloadable")
    item.is_qty_decimal = quantity != quantity.to_integral_value()
    order.items.append(item)
    return item


def standard_rate(store: Store) -> Decimal:
    return Decimal(store.options.tax_rate) + Decimal(store.options.second_tax_rate or 0)


def tax_percent(store: Store, product: Product) -> Decimal:
    """Class 2 is taxed; class 0 and an empty one are not."""
    value = str(product.get("tax_class_id") if product.get("tax_class_id") is not None else "2")
    return standard_rate(store) if value == "2" else ZERO


def _unit(store: Store, order: Order, product: Product, row: Json, quantity: Decimal) -> Decimal:
    if row.get("price") is not None:
        return Decimal(str(row["price"]))
    group = store.customer_groups.get(order.customer_group_id, {"code": "NOT LOGGED IN"})["code"]
    price = final_price(store, product, order.store_id, group=group, quantity=quantity)
    return store.money(price * order.rate)


def _percent(store: Store, product: Product, row: Json) -> Decimal:
    given = row.get("tax_percent")
    return tax_percent(store, product) if given is None else Decimal(str(given))


def _simple(store: Store, order: Order, product: Product, row: Json, quantity: Decimal) -> Item:
    item = _item(store, order, product, quantity, str(row.get("product_type", "")))
    if row.get("name"):
        item.name = str(row["name"])
    unit = _unit(store, order, product, row, quantity)
    price_item(store, order, item, unit, _percent(store, product, row))
    item.weee = Decimal(str(row.get("weee", 0)))
    if row.get("custom_options"):
        item.options = {"custom_options": list(row["custom_options"])}
    return item


def _gone(store: Store, order: Order, row: Json, quantity: Decimal) -> None:
    """Of a product that the shop no longer has: the order keeps its SKU and number."""
    item = Item(store.next_id("order_item"), str(row["sku"]), str(row.get("name") or row["sku"]))
    item.ordered, item.product_id = quantity, int(row.get("product_id", 999_001))
    order.items.append(item)
    percent = Decimal(str(row.get("tax_percent", store.options.tax_rate)))
    price_item(store, order, item, Decimal(str(row.get("price", "0"))), percent)


def _pair(store: Store, order: Order, parent: Product, child: Product, row: Json, quantity: Decimal) -> None:
    """Two items with the child's SKU: the first bears the money, the second none."""
    top = _item(store, order, parent, quantity)
    top.sku, top.weight = child.sku, Decimal(child.get("weight") or 0)
    price_item(store, order, top, _unit(store, order, child, row, quantity), _percent(store, child, row))
    chosen = []
    for option in parent.configurable:
        attribute = store.attribute_by_id(option["attribute_id"])
        value = child.get(attribute.code) if attribute else None
        chosen.append({"option_id": str(option["attribute_id"]), "option_value": int(value or 0)})
    top.options = {"configurable_item_options": chosen}
    below = _item(store, order, child, quantity, "simple")
    below.parent_id = top.id


def _bundle(store: Store, order: Order, product: Product, row: Json, quantity: Decimal) -> None:
    """Dynamic price: the money is on the parts. Fixed price: on the bundle."""
    dynamic = str(product.get("price_type")) == "0"
    top = _item(store, order, product, quantity)
    chosen = []
    extra = ZERO
    for option in product.bundle:
        links = [link for link in option["product_links"] if link["is_default"]] or option["product_links"][
            :1
        ]
        for link in links:
            part = store.by_sku(link["sku"])
            if part is None:
                continue
            below = _item(store, order, part, Decimal(link["qty"]) * quantity, "simple")
            below.parent_id = top.id
            if dynamic:
                price_item(
                    store, order, below, _unit(store, order, part, {}, quantity), tax_percent(store, part)
                )
            else:
                extra += Decimal(link["price"]) * Decimal(link["qty"])
        chosen.append(
            {
                "option_id": option["option_id"],
                "option_qty": int(links[0]["qty"]) if links else 0,
                "option_selections": [int(link["id"]) for link in links],
            }
        )
    if not dynamic:
        unit = _unit(store, order, product, row, quantity) + extra
        price_item(store, order, top, unit, tax_percent(store, product))
    top.options = {"bundle_options": chosen}


def _grouped(store: Store, order: Order, product: Product, quantity: Decimal) -> None:
    """Members are lines of their own, called `grouped`."""
    for link in product.links:
        member = store.by_sku(link["linked_product_sku"]) if link["link_type"] == "associated" else None
        if member is not None:
            each = Decimal(str(link.get("extension_attributes", {}).get("qty", 1)))
            # What the page proposes with nothing the buyer puts there by hand.
            _simple(store, order, member, {"product_type": "grouped"}, (each or 1) * quantity)
