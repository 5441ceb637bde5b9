"""Category trees: batches of which good rows stay (207), names unique among siblings."""

from typing import Any

from sandbox.bigcommerce.answers import ApiError, Json
from sandbox.bigcommerce.state import Store

MAX_NAME = 50
_FIELDS = (
    "name",
    "description",
    "sort_order",
    "is_visible",
    "image_url",
    "page_title",
    "parent_id",
    "meta_description",
)


def create(store: Store, rows: Any) -> tuple[list[Json], Json]:
    """(made, errors by number)."""
    if not isinstance(rows, list) or not rows:
        raise ApiError(422)
    made: list[Json] = []
    errors: Json = {}
    for number, row in enumerate(rows):
        fault = _fault(store, row, 0)
        if fault:
            errors[str(number)] = fault
            continue
        made.append(add(store, row))
    if not made:
        raise ApiError(422, "No category was created.", errors=errors)
    return made, errors


def add(store: Store, row: Json) -> Json:
    number = store.next_id("category", 24)
    parent = int(row.get("parent_id") or 0)
    tree = store.categories[parent]["tree_id"] if parent else int(row.get("tree_id") or 1)
    category: Json = {
        "category_id": number,
        "category_uuid": "-".join(store.token(size) for size in (8, 4, 4, 4, 12)),
        "tree_id": tree,
        "parent_id": parent,
        "name": row["name"],
        "description": str(row.get("description") or ""),
        "sort_order": int(row.get("sort_order") or 0),
        "is_visible": bool(row.get("is_visible", True)),
        "image_url": str(row.get("image_url") or ""),
        "page_title": "",
        "meta_description": "",
        "views": 0,
        "url": {"path": f"/category-{number}/", "is_customized": False},
    }
    store.categories[number] = category
    return category


def update(store: Store, rows: Any) -> Json:
    """Errors by number; the other rows are changed."""
    if not isinstance(rows, list) or not rows:
        raise ApiError(422)
    errors: Json = {}
    for number, row in enumerate(rows):
        category = store.categories.get(row.get("category_id"))
        fault = (
            "The category does not exist."
            if category is None
            else _fault(store, row, category["category_id"])
        )
        if fault or category is None:
            errors[str(number)] = fault
            continue
        category |= {name: row[name] for name in _FIELDS if name in row}
    return errors


def _fault(store: Store, row: Json, own: int) -> str:
    known = store.categories.get(own, {})
    name = str(row.get("name", known.get("name", "")))
    parent = int(row.get("parent_id", known.get("parent_id", 0)) or 0)
    if not name or len(name) > MAX_NAME:
        return f"The name must have 1 to {MAX_NAME} characters."
    if parent and parent not in store.categories:
        return "The parent category does not exist."
    if not parent and not own and not row.get("tree_id"):
        return "Give parent_id or tree_id."
    for other in store.categories.values():
        if (
            other["category_id"] != own
            and other["parent_id"] == parent
            and other["name"].lower() == name.lower()
        ):
            return "A category of this name exists under the same parent."
    return ""
