"""`catalog_category.*`."""

from typing import Any

from sandbox.magento1.calls import Call, flag
from sandbox.magento1.errors import fault
from sandbox.magento1.rows import Category, Json
from sandbox.magento1.state import DEFAULT_CATEGORY, ROOT_CATEGORY, php_int

RESOURCE = "catalog_category"
_MANDATORY = ("available_sort_by", "default_sort_by", "include_in_menu", "is_active")


def _category(call: Call, given: Any) -> Category:
    found = call.store.categories.get(php_int(str(given)))
    if found is None:
        raise fault(RESOURCE, 102)
    return found


def _children(call: Call, category: Category) -> list[Category]:
    rows = [one for one in call.store.categories.values() if one.parent_id == category.id]
    return sorted(rows, key=lambda one: (one.position, one.id))


def _level(call: Call, category: Category) -> int:
    level = 0
    while category.parent_id:
        category, level = call.store.categories[category.parent_id], level + 1
    return level


def tree(call: Call, parent: Any = None, view: Any = None) -> Json:
    call.store.store_id(view, RESOURCE)
    return _node(call, _category(call, parent if parent not in (None, "") else ROOT_CATEGORY))


def _node(call: Call, category: Category) -> Json:
    return {
        "category_id": str(category.id),
        "parent_id": str(category.parent_id),
        "name": category.name,
        "is_active": "1" if category.is_active else "0",
        "position": str(category.position),
        "level": str(_level(call, category)),
        "children": [_node(call, child) for child in _children(call, category)],
    }


def level(call: Call, website: Any = None, view: Any = None, parent: Any = None) -> list[Json]:
    above = _category(call, parent if parent not in (None, "") else DEFAULT_CATEGORY)
    return [
        {k: v for k, v in _node(call, child).items() if k != "children"} for child in _children(call, above)
    ]


def info(call: Call, given: Any, view: Any = None, attributes: Any = None) -> Json:
    category = _category(call, given)
    children = [str(one.id) for one in _children(call, category)]
    return {
        "category_id": str(category.id),
        "is_active": "1" if category.is_active else "0",
        "position": str(category.position),
        "level": str(_level(call, category)),
        "parent_id": str(category.parent_id),
        "name": category.name,
        "description": category.values.get("description"),
        "url_key": category.values.get("url_key"),
        "children": ",".join(children),
        **{k: v for k, v in category.values.items() if k not in ("description", "url_key")},
    }


def create(call: Call, parent: Any, data: Any, view: Any = None) -> int:
    above = _category(call, parent)
    data = data if isinstance(data, dict) else {}
    missing = [name for name in ("name", *_MANDATORY) if data.get(name) in (None, "", [])]
    if missing:
        raise fault(RESOURCE, 103, f'Attribute "{missing[0]}" is required.')
    category = Category(call.store.next_id("category"), str(data["name"]), above.id)
    category.position = len(_children(call, above)) + 1
    call.store.categories[category.id] = category
    _take(category, data)
    return category.id


def _take(category: Category, data: Json) -> None:
    if data.get("name"):
        category.name = str(data["name"])
    if data.get("is_active") is not None:
        category.is_active = flag(data["is_active"])
    if data.get("position") is not None:
        category.position = php_int(str(data["position"]))
    for code, value in data.items():
        if code not in ("name", "is_active", "position") and value is not None:
            category.values[code] = value


def update(call: Call, given: Any, data: Any, view: Any = None) -> bool:
    _take(_category(call, given), data if isinstance(data, dict) else {})
    return True


def move(call: Call, given: Any, parent: Any, after: Any = None) -> bool:
    category, above = _category(call, given), _category(call, parent)
    step: Category | None = above
    while step is not None:
        if step.id == category.id:
            raise fault(RESOURCE, 104, "Category cannot be moved below itself.")
        step = call.store.categories.get(step.parent_id)
    category.parent_id = above.id
    return True


def delete(call: Call, given: Any) -> bool:
    category = _category(call, given)
    if category.id in (ROOT_CATEGORY, DEFAULT_CATEGORY):
        raise fault(RESOURCE, 105, "Can not remove system category.")
    for child in _children(call, category):
        delete(call, child.id)
    del call.store.categories[category.id]
    for product in call.store.products.values():
        product.category_ids = [one for one in product.category_ids if one != category.id]
    return True


def assigned(call: Call, given: Any, view: Any = None) -> list[Json]:
    category = _category(call, given)
    rows = [
        (call.store.products[one], place)
        for one, place in category.products.items()
        if one in call.store.products
    ]
    return [
        {
            "product_id": str(product.id),
            "type": product.type,
            "set": str(product.set_id),
            "sku": product.sku,
            "position": str(place),
        }
        for product, place in rows
    ]


def assign(call: Call, given: Any, product_id: Any, position: Any = None, identifier: Any = None) -> bool:
    category = _category(call, given)
    product = call.store.catalogue_product(product_id, identifier, "catalog_product", 101)
    category.products[product.id] = php_int(str(position or 0))
    if category.id not in product.category_ids:
        product.category_ids.append(category.id)
    return True


def remove(call: Call, given: Any, product_id: Any, identifier: Any = None) -> bool:
    category = _category(call, given)
    product = call.store.catalogue_product(product_id, identifier, "catalog_product", 101)
    if product.id not in category.products:
        raise fault(RESOURCE, 106)
    del category.products[product.id]
    product.category_ids = [one for one in product.category_ids if one != category.id]
    return True
