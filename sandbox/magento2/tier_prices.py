"""Tier prices: the array routes and the old ones of a single product."""

from decimal import Decimal
from typing import Any

from sandbox.magento2.call import Call, as_decimal, as_int, num
from sandbox.magento2.errors import MageError, no_product
from sandbox.magento2.prices import Failure, Row, amount, asked, each, failure, priced
from sandbox.magento2.product_parts import ALL_GROUPS
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json, Product, TierPrice

_ROW = "Row ID: SKU = %SKU, Website ID: %websiteId, Customer Group: %customerGroup, Quantity: %qty."
_KINDS = ("fixed", "discount")


def _ids(row: Row) -> list[Any]:
    return [row.get("sku"), row.get("website_id"), row.get("customer_group"), row.get("quantity")]


def _checked(call: Call, row: Row) -> tuple[Product, TierPrice] | Failure:
    """The placeholders stay in the texts; the values go beside them."""
    product = priced(call, row.get("sku"))
    if product is None:
        return failure(f"Invalid attribute SKU = %SKU. {_ROW}", *_ids(row))
    price = amount(row.get("price"))
    kind = str(row.get("price_type", ""))
    if price is None or (kind == "discount" and price > 100):
        return failure(f"Invalid attribute Price = %price. {_ROW}", row.get("price"), *_ids(row))
    if kind not in _KINDS:
        return failure(f"Invalid attribute Price Type = %priceType. {_ROW}", kind, *_ids(row))
    quantity = amount(row.get("quantity"))
    if quantity is None or quantity < 1:
        return failure(f"Invalid attribute Quantity = %qty. {_ROW}", *_ids(row))
    website = as_int(row.get("website_id") or 0)
    if website and (website not in call.store.websites or call.options.price_scope == "global"):
        return failure(f"Invalid attribute Website ID = %websiteId. {_ROW}", *_ids(row))
    group = _group(call, row.get("customer_group"))
    if group is None:
        return failure(f"No such entity with Customer Group = %customerGroup. {_ROW}", *_ids(row))
    return product, TierPrice(price, kind, website, group, quantity)


def _group(call: Call, name: Any) -> str | None:
    wanted = str(name or "").lower()
    if wanted == ALL_GROUPS.lower():
        return ALL_GROUPS
    return next((g["code"] for g in call.store.customer_groups.values() if g["code"].lower() == wanted), None)


def _same(one: TierPrice, other: TierPrice) -> bool:
    return (one.website_id, one.customer_group, one.quantity) == (
        other.website_id,
        other.customer_group,
        other.quantity,
    )


def add(call: Call) -> list[Failure]:
    """POST adds and updates."""
    call.memo["seen"] = []
    return each(call, _add, "TierPrice")


def _add(call: Call, row: Row) -> Failure | None:
    checked = _checked(call, row)
    if isinstance(checked, dict):
        return checked
    product, tier = checked
    for seen_id, seen in call.memo["seen"]:
        if seen_id == product.id and _same(seen, tier):
            text = (
                "We found a duplicate website, tier price, customer group and quantity: "
                "Customer Group = %customerGroup, Website ID = %websiteId, Quantity = %qty. "
            )
            return failure(f"{text}{_ROW}", *_ids(row))
    call.memo["seen"].append((product.id, tier))
    product.tiers = [held for held in product.tiers if not _same(held, tier)]
    product.tiers.append(tier)
    return None


def replace(call: Call) -> list[Failure]:
    """PUT replaces every tier of the SKUs that it names."""
    call.memo |= {"seen": [], "emptied": set()}
    return each(call, _replace, "TierPrice")


def _replace(call: Call, row: Row) -> Failure | None:
    product = call.store.by_sku(str(row.get("sku") or ""))
    if product is not None and product.id not in call.memo["emptied"]:
        product.tiers = []
        call.memo["emptied"].add(product.id)
    return _add(call, row)


def remove(call: Call) -> list[Failure]:
    return each(call, _remove, "TierPrice")


def _remove(call: Call, row: Row) -> Failure | None:
    """The price must match to the cent."""
    checked = _checked(call, row)
    if isinstance(checked, dict):
        return checked
    product, tier = checked
    held = next((t for t in product.tiers if _same(t, tier) and t.price_type == tier.price_type), None)
    if held is None or round(held.price, 2) != round(tier.price, 2):
        return failure(f"The requested tier price was not found. {_ROW}", *_ids(row))
    product.tiers.remove(held)
    return None


def information(call: Call) -> list[Json]:
    return [
        {
            "price": num(tier.price),
            "price_type": tier.price_type,
            "website_id": tier.website_id,
            "sku": product.sku,
            "customer_group": tier.customer_group,
            "quantity": num(tier.quantity),
        }
        for product in asked(call)
        for tier in product.tiers
    ]


# The old routes, one tier at a time.


def _single(call: Call) -> tuple[Product, str, Decimal]:
    product = call.store.by_sku(call.args["sku"])
    if product is None:
        raise no_product()
    group_id = call.args["customerGroupId"]
    if group_id == "all":
        return product, ALL_GROUPS, as_decimal(call.args["qty"])
    group = call.store.customer_groups.get(as_int(group_id))
    if group is None:
        raise MageError(
            "No such entity with %fieldName = %fieldValue",
            {"fieldName": "id", "fieldValue": group_id},
            status=404,
        )
    return product, str(group["code"]), as_decimal(call.args["qty"])


def add_single(call: Call) -> bool:
    product, group, quantity = _single(call)
    tier = TierPrice(as_decimal(call.args["price"]), "fixed", 0, group, quantity)
    product.tiers = [held for held in product.tiers if not _same(held, tier)]
    product.tiers.append(tier)
    product.updated = call.store.clock.now()
    return True


def remove_single(call: Call) -> bool:
    product, group, quantity = _single(call)
    before = len(product.tiers)
    product.tiers = [t for t in product.tiers if (t.customer_group, t.quantity) != (group, quantity)]
    if len(product.tiers) == before:
        raise MageError(
            "Product hasn't group price with such data: customerGroupId = '%1', qty = %2.",
            [group, str(quantity)],
        )
    product.updated = call.store.clock.now()
    return True


def list_single(call: Call) -> list[Json]:
    call.args["qty"] = "1"
    product, group, _ = _single(call)
    return [
        {
            "qty": num(t.quantity),
            "value": num(t.price),
            "customer_group_id": as_int(call.args["customerGroupId"]) if group != ALL_GROUPS else 32000,
        }
        for t in product.tiers
        if t.customer_group == group
    ]


_ACL = "Magento_Catalog::products"
_ONE = "/V1/products/:sku/group-prices/:customerGroupId/tiers"
LINES: list[Line] = [
    ("POST", "/V1/products/tier-prices", add, _ACL),
    ("PUT", "/V1/products/tier-prices", replace, _ACL),
    ("POST", "/V1/products/tier-prices-delete", remove, _ACL),
    ("POST", "/V1/products/tier-prices-information", information, _ACL),
    ("GET", _ONE, list_single, _ACL),
    ("POST", f"{_ONE}/:qty/price/:price", add_single, _ACL),
    ("DELETE", f"{_ONE}/:qty", remove_single, _ACL),
]
