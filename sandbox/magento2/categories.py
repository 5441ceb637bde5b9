"""The routes of categories and of the products in them."""

from typing import Any

from sandbox.magento2 import search
from sandbox.magento2.call import Call, as_bool, as_int
from sandbox.magento2.errors import MageError, no_product, no_such
from sandbox.magento2.product_json import printed
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Category, Json
from sandbox.magento2.state import Store
from sandbox.php import slugify

_TOP = ("name", "is_active", "include_in_menu", "available_sort_by")


def _get(row: Category, name: str, scope: int) -> Any:
    own = row.values.get(scope, {})
    return own[name] if name in own else row.values[0].get(name)


def category_json(store: Store, row: Category, scope: int = 0) -> Json:
    codes = dict.fromkeys([*row.values[0], *row.values.get(scope, {})])
    children = [c.id for c in _children(store, row.id)]
    return {
        "id": row.id,
        "parent_id": row.parent_id,
        "name": _get(row, "name", scope),
        "is_active": bool(_get(row, "is_active", scope)),
        "position": row.position,
        "level": row.level,
        "children": ",".join(map(str, children)),
        "created_at": store.moment(row.created),
        "updated_at": store.moment(row.updated),
        "path": row.path,
        "available_sort_by": [],
        "include_in_menu": bool(_get(row, "include_in_menu", scope)),
        "custom_attributes": [
            {"attribute_code": code, "value": printed(_get(row, code, scope))}
            for code in codes
            if code not in _TOP
        ],
    }


def _children(store: Store, number: int) -> list[Category]:
    return sorted((c for c in store.categories.values() if c.parent_id == number), key=lambda c: c.position)


def _find(call: Call, name: str = "categoryId") -> Category:
    value = call.args[name]
    found = call.store.categories.get(as_int(value)) if value.isdigit() else None
    if found is None:
        raise no_such("id", value)
    return found


def tree(call: Call) -> Json:
    """`?rootCategoryId=2&depth=3`."""
    root = as_int(call.query.get("rootCategoryId") or 1)
    depth = as_int(call.query["depth"]) if call.query.get("depth") else None
    found = call.store.categories.get(root)
    if found is None:
        raise no_such("id", root)
    return _branch(call.store, found, call.scope, depth)


def _branch(store: Store, row: Category, scope: int, depth: int | None) -> Json:
    deeper = None if depth is None else depth - 1
    inner = [] if depth == 0 else [_branch(store, c, scope, deeper) for c in _children(store, row.id)]
    return {
        "id": row.id,
        "parent_id": row.parent_id,
        "name": _get(row, "name", scope),
        "is_active": bool(_get(row, "is_active", scope)),
        "position": row.position,
        "level": row.level,
        "product_count": sum(row.id in p.categories for p in store.products.values()),
        "children_data": inner,
    }


def list_categories(call: Call) -> Json:
    store = call.store

    def value(row: Category, name: str) -> Any:
        known = {"entity_id": row.id, "parent_id": row.parent_id, "level": row.level, "path": row.path}
        if name in known:
            return known[name]
        if name in ("created_at", "updated_at"):
            return store.moment(row.created if name == "created_at" else row.updated)
        held = _get(row, name, call.scope)
        return int(held) if isinstance(held, bool) else held

    rows = list(store.categories.values())
    return search.answer(call, rows, value, lambda row: category_json(store, row, call.scope))


def get_category(call: Call) -> Json:
    return category_json(call.store, _find(call), call.scope)


def create(call: Call) -> Json:
    body, store = call.object("category"), call.store
    if not str(body.get("name") or "").strip():
        raise MageError('The "%1" attribute value is empty. Set the attribute and try again.', ["Name"])
    parent_id = as_int(body.get("parent_id") or 2)
    parent = store.categories.get(parent_id)
    if parent is None:
        raise no_such("id", parent_id)
    now = store.clock.now()
    row = Category(0, parent_id, {0: {"is_active": True, "include_in_menu": True}}, 0, 0, "", now, now)
    row.values[0].update(_values(body))
    row.values[0].setdefault("url_key", slugify(str(body["name"])))
    _check_key(store, row, row.values[0]["url_key"], parent_id)
    row.position = as_int(body.get("position") or len(_children(store, parent_id)) + 1)
    row.id = store.next_id("category")
    store.categories[row.id] = row
    _place(store, row, parent)
    call.app.happened("new_category", row.id)
    return category_json(store, row, call.scope)


def _values(body: Json) -> Json:
    values: Json = {name: body[name] for name in ("name",) if name in body}
    values |= {n: as_bool(body[n]) for n in ("is_active", "include_in_menu") if body.get(n) is not None}
    for row in body.get("custom_attributes") or []:
        values[str(row.get("attribute_code"))] = row.get("value")
    return values


def _check_key(store: Store, row: Category, key: Any, parent_id: int) -> None:
    for other in store.categories.values():
        if other.id != row.id and other.parent_id == parent_id and other.values[0].get("url_key") == key:
            raise MageError("URL key for specified store already exists.")


def _place(store: Store, row: Category, parent: Category) -> None:
    row.parent_id, row.level, row.path = parent.id, parent.level + 1, f"{parent.path}/{row.id}"
    for child in _children(store, row.id):
        _place(store, child, row)


def update(call: Call) -> Json:
    """Through a store view: for that view alone."""
    row, body = _find(call, "id"), call.object("category")
    target = row.values.setdefault(call.scope, {})
    values = _values(body)
    if values.get("url_key"):
        _check_key(call.store, row, values["url_key"], row.parent_id)
    for name, value in values.items():
        if value is None and call.scope:
            target.pop(name, None)
        else:
            target[name] = value
    if body.get("position") is not None:
        row.position = as_int(body["position"])
    row.updated = call.store.clock.now()
    call.app.happened("update_category", row.id)
    return category_json(call.store, row, call.scope)


def move(call: Call) -> bool:
    row = _find(call)
    parent = call.store.categories.get(as_int(call.body.get("parentId") or 0))
    if parent is None:
        raise no_such("id", call.body.get("parentId"))
    if f"/{row.id}/" in f"/{parent.path}/":
        raise MageError("Operation do not allow to move a parent category to any of children category")
    after = call.store.categories.get(as_int(call.body.get("afterId") or 0))
    row.position = after.position + 1 if after else 1
    _place(call.store, row, parent)
    return True


def delete(call: Call) -> bool:
    """The whole branch goes."""
    row = _find(call)
    if row.id in (1, 2):
        raise MageError("Cannot delete category with id %1", [row.id])
    for other in list(call.store.categories.values()):
        if f"/{row.id}/" in f"/{other.path}/":
            del call.store.categories[other.id]
            for product in call.store.products.values():
                product.categories.pop(other.id, None)
    call.app.happened("delete_category", row.id)
    return True


# Products of a category; their `updated_at` stands still.


def list_products(call: Call) -> list[Json]:
    row = _find(call)
    return [
        {"sku": p.sku, "position": p.categories[row.id], "category_id": str(row.id)}
        for p in call.store.products.values()
        if row.id in p.categories
    ]


def assign(call: Call) -> bool:
    row, link = _find(call), call.object("productLink")
    product = call.store.by_sku(str(link.get("sku") or ""))
    if product is None:
        raise no_product()
    product.categories[row.id] = as_int(link.get("position") or 0)
    return True


def unassign(call: Call) -> bool:
    row = _find(call)
    product = call.store.by_sku(call.args["sku"])
    if product is None or row.id not in product.categories:
        raise MageError("The category doesn't contain the specified product.")
    del product.categories[row.id]
    return True


_ACL = "Magento_Catalog::categories"
LINES: list[Line] = [
    ("GET", "/V1/categories", tree, _ACL),
    ("POST", "/V1/categories", create, _ACL),
    ("GET", "/V1/categories/list", list_categories, _ACL),
    ("GET", "/V1/categories/:categoryId", get_category, _ACL),
    ("PUT", "/V1/categories/:id", update, _ACL),
    ("DELETE", "/V1/categories/:categoryId", delete, _ACL),
    ("PUT", "/V1/categories/:categoryId/move", move, _ACL),
    ("GET", "/V1/categories/:categoryId/products", list_products, _ACL),
    ("POST", "/V1/categories/:categoryId/products", assign, _ACL),
    ("PUT", "/V1/categories/:categoryId/products", assign, _ACL),
    ("DELETE", "/V1/categories/:categoryId/products/:sku", unassign, _ACL),
]
