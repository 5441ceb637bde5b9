"""Categories, tags, shipping classes, attributes and their terms."""

from collections.abc import Callable
from typing import Any

from sandbox.php import slugify, to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import ITEM_ALLOW, Call, Result, links, paged
from sandbox.woocommerce.product_json import image_json
from sandbox.woocommerce.rows import Attribute, Json, Term
from sandbox.woocommerce.state import Store
from sandbox.woocommerce.validate import PAGING, B, Field, I, S, Schema, enum, obj

TERM_LIST: Schema = {
    **PAGING,
    "orderby": enum("id", "include", "name", "slug", "term_group", "description", "count"),
    "hide_empty": B,
    "parent": I,
    "product": I,
    "slug": S,
}
ATTRIBUTE_TERM_LIST: Schema = {
    **TERM_LIST,
    "orderby": enum("id", "include", "name", "slug", "term_group", "description", "count", "menu_order"),
}
TERM_BODY: Schema = {
    "name": S,
    "slug": S,
    "parent": I,
    "description": S,
    "display": enum("default", "products", "subcategories", "both"),
    "image": obj(id=I, src=S, name=S, alt=S),
    "menu_order": I,
}
TERM_CREATE: Schema = {**TERM_BODY, "name": Field("string", required=True)}
ATTRIBUTE_BODY: Schema = {
    "name": S,
    "slug": S,
    "type": enum("select"),
    "order_by": enum("menu_order", "name", "name_num", "id"),
    "has_archives": B,
}
ATTRIBUTE_CREATE: Schema = {**ATTRIBUTE_BODY, "name": Field("string", required=True)}
_TERM_INVALID = ("woocommerce_rest_term_invalid", "Resource does not exist.", 404)


class Terms:
    """One table of terms at one route; attribute terms find theirs by the first id of the URL."""

    def __init__(self, route: str, table: Callable[[Call], dict[int, Term]], *, kind: str) -> None:
        self.route = route
        self.table = table
        self.kind = kind  # "category", "tag", "shipping_class" or "term"

    def show(self, call: Call, term: Term) -> Json:
        store = call.store
        row: Json = {"id": term.id, "name": term.name, "slug": term.slug}
        if self.kind == "category":
            row["parent"] = term.parent
        row["description"] = term.description
        if self.kind == "category":
            row["display"] = term.display
            row["image"] = image_json(store, term.image_id) if term.image_id else None
        if self.kind in ("category", "term"):
            row["menu_order"] = term.menu_order
        row["count"] = self.count(store, call, term)
        route = self.route.replace("<id>", call.ids[0] if call.ids else "")
        row["_links"] = links(call, route, term.id, ITEM_ALLOW)
        if self.kind == "category" and term.parent:
            row["_links"]["up"] = [{"href": f"{call.rest_url}/wc/v3{route}/{term.parent}"}]
        return row

    def count(self, store: Store, call: Call, term: Term) -> int:
        if self.kind == "category":
            return sum(1 for i in store.in_category[term.id] if store.products[i].status == "publish")
        products = (p for p in store.products.values() if p.type != "variation" and p.status == "publish")
        if self.kind == "tag":
            return sum(1 for p in products if term.id in p.tag_ids)
        if self.kind == "shipping_class":
            return sum(1 for p in products if term.id == p.shipping_class_id)
        attribute = to_int(call.ids[0])
        return sum(
            1 for p in products for a in p.attributes if a["id"] == attribute and term.name in a["options"]
        )

    def list(self, call: Call) -> Result:
        rows = [t for t in self.table(call).values() if self._wanted(call, t)]
        by = call.text("orderby", "name")
        keys: dict[str, Callable[[Term], Any]] = {
            "id": lambda t: t.id,
            "slug": lambda t: (t.slug, t.id),
            "description": lambda t: (t.description, t.id),
            "count": lambda t: (self.count(call.store, call, t), t.id),
            "menu_order": lambda t: (t.menu_order, t.name.lower()),
        }
        if by == "include":
            order = {n: i for i, n in enumerate(call.integers("include"))}
            rows.sort(key=lambda t: order.get(t.id, 0))
        else:
            rows.sort(
                key=keys.get(by, lambda t: (t.name.lower(), t.id)),
                reverse=call.text("order", "asc") == "desc",
            )
        return paged(call, rows, lambda t: self.show(call, t))

    def _wanted(self, call: Call, term: Term) -> bool:
        if call.params.get("include") and term.id not in call.integers("include"):
            return False
        if call.params.get("exclude") and term.id in call.integers("exclude"):
            return False
        if call.params.get("parent") not in (None, "") and term.parent != call.number("parent"):
            return False
        if call.text("slug") and term.slug != call.text("slug"):
            return False
        if call.text("search") and call.text("search").lower() not in f"{term.name} {term.slug}".lower():
            return False
        if call.text("product"):
            product = call.store.products.get(call.number("product"))
            held = product.category_ids + product.tag_ids if product else []
            if term.id not in held:
                return False
        return not (call.flag("hide_empty") and not self.count(call.store, call, term))

    def _find(self, call: Call) -> Term:
        term = self.table(call).get(call.id())
        if term is None:
            raise RestError(*_TERM_INVALID)
        return term

    def get(self, call: Call) -> Result:
        return Result(self.show(call, self._find(call)))

    def create(self, call: Call) -> Result:
        table, params = self.table(call), call.params
        name, parent = call.text("name").strip(), call.number("parent")
        self._check_parent(call, parent)
        self._check_name(table, name, call.text("slug"), parent)
        term = call.store.add_term(table, name, slug=call.text("slug"), parent=parent)
        try:
            self._fill(call, term, params)
        except RestError:
            del table[term.id]
            raise
        route = self.route.replace("<id>", call.ids[0] if call.ids else "")
        location = f"{call.rest_url}/wc/v3{route}/{term.id}"
        return Result(self.show(call, term), 201, [("Location", location)])

    def _check_parent(self, call: Call, parent: int) -> None:
        if parent and parent not in self.table(call):
            raise RestError("woocommerce_rest_term_invalid", "Parent resource does not exist.", 404)

    def _check_name(self, table: dict[int, Term], name: str, slug: str, parent: int, own: int = 0) -> None:
        if not name:
            raise RestError("empty_term_name", "A name is required for this term.", 400)
        for term in table.values():
            if term.id == own:
                continue
            if term.name.lower() == name.lower() and term.parent == parent:
                message = "A term with the name provided already exists with this parent."
                if self.kind != "category":
                    message = "A term with the name provided already exists in this taxonomy."
                raise RestError("term_exists", message, 400, resource_id=term.id)
            if slug and term.slug == slugify(slug) and not parent:
                raise RestError(
                    "term_exists",
                    "A term with the name and slug provided already exists in this taxonomy.",
                    400,
                    resource_id=term.id,
                )

    def _fill(self, call: Call, term: Term, params: Json) -> None:
        for name in ("description", "display"):
            if params.get(name) is not None:
                setattr(term, name, str(params[name]))
        if params.get("menu_order") is not None:
            term.menu_order = to_int(params["menu_order"])
        image = params.get("image")
        if isinstance(image, dict) and (image.get("id") or image.get("src")):
            term.image_id = call.media.take(image)
        elif image in ("", []) or ("image" in params and image is None):
            term.image_id = 0

    def update(self, call: Call) -> Result:
        term, table, params = self._find(call), self.table(call), call.params
        parent = to_int(params["parent"]) if params.get("parent") is not None else term.parent
        self._check_parent(call, parent)
        if params.get("name") is not None:
            self._check_name(table, str(params["name"]).strip(), "", parent, term.id)
            if str(params["name"]).strip() != term.name:
                self._renamed(call, term, str(params["name"]).strip())
        if params.get("slug"):
            term.slug = slugify(str(params["slug"]))
        term.parent = parent
        self._fill(call, term, params)
        return Result(self.show(call, term))

    def _renamed(self, call: Call, term: Term, name: str) -> None:
        """Products and variations print the new name at once; renames move no product's date."""
        if self.kind == "term":
            attribute = call.store.attributes[to_int(call.ids[0])]
            for product in call.store.products.values():
                if product.options.get(attribute.slug) == term.name:
                    product.options[attribute.slug] = name
                for row in product.attributes:
                    if row["id"] == attribute.id:
                        row["options"] = [name if o == term.name else o for o in row["options"]]
        term.name = name

    def delete(self, call: Call) -> Result:
        term = self._find(call)
        if not call.flag("force"):
            raise RestError(
                "woocommerce_rest_trash_not_supported", "Resource does not support trashing.", 501
            )
        store, shown = call.store, self.show(call, term)
        if self.kind == "category" and term.id == store.default_category:
            raise RestError("woocommerce_rest_cannot_delete", "The resource cannot be deleted.", 500)
        table = self.table(call)
        del table[term.id]
        for child in table.values():
            if child.parent == term.id:
                child.parent = term.parent
        if self.kind == "category":
            for product_id in list(store.in_category[term.id]):
                product = store.products[product_id]
                rest = [i for i in product.category_ids if i != term.id]
                store.set_categories(product, rest or [store.default_category])
        return Result(shown)


def _attribute_terms(call: Call) -> dict[int, Term]:
    attribute = call.store.attributes.get(to_int(call.ids[0]))
    if attribute is None:
        raise RestError("woocommerce_rest_taxonomy_invalid", "Resource does not exist.", 404)
    return attribute.terms


CATEGORIES = Terms("/products/categories", lambda c: c.store.categories, kind="category")
TAGS = Terms("/products/tags", lambda c: c.store.tags, kind="tag")
SHIPPING_CLASSES = Terms(
    "/products/shipping_classes", lambda c: c.store.shipping_classes, kind="shipping_class"
)
ATTRIBUTE_TERMS = Terms("/products/attributes/<id>/terms", _attribute_terms, kind="term")


# Attributes.


def attribute_json(call: Call, attribute: Attribute) -> Json:
    return {
        "id": attribute.id,
        "name": attribute.name,
        "slug": attribute.slug,
        "type": "select",
        "order_by": attribute.order_by,
        "has_archives": attribute.has_archives,
        "_links": links(call, "/products/attributes", attribute.id, ITEM_ALLOW),
    }


def list_attributes(call: Call) -> Result:
    # The real route knows no paging: every attribute comes at once.
    return Result([attribute_json(call, a) for a in call.store.attributes.values()])


def _attribute(call: Call) -> Attribute:
    attribute = call.store.attributes.get(call.id())
    if attribute is None:
        raise RestError("woocommerce_rest_taxonomy_invalid", "Resource does not exist.", 404)
    return attribute


def get_attribute(call: Call) -> Result:
    return Result(attribute_json(call, _attribute(call)))


def _slug(store: Store, wanted: str, own: int = 0) -> str:
    slug = slugify(wanted).removeprefix("pa_")
    if len(slug) >= 28:
        raise RestError(
            "woocommerce_rest_cannot_create",
            f'Slug "{slug}" is too long (28 characters max). Shorten it, please.',
            400,
        )
    if any(a.slug == f"pa_{slug}" and a.id != own for a in store.attributes.values()):
        raise RestError(
            "woocommerce_rest_cannot_create", f'Slug "{slug}" is already in use. Change it, please.', 400
        )
    return f"pa_{slug}"


def create_attribute(call: Call) -> Result:
    store = call.store
    slug = _slug(store, call.text("slug") or call.text("name"))
    attribute = Attribute(store.next_id("attribute"), call.text("name"), slug)
    attribute.order_by = call.text("order_by", "menu_order")
    attribute.has_archives = call.flag("has_archives")
    store.attributes[attribute.id] = attribute
    location = f"{call.rest_url}/wc/v3/products/attributes/{attribute.id}"
    return Result(attribute_json(call, attribute), 201, [("Location", location)])


def update_attribute(call: Call) -> Result:
    attribute = _attribute(call)
    if call.text("name"):
        attribute.name = call.text("name")
        for product in call.store.products.values():
            for row in product.attributes:
                if row["id"] == attribute.id:
                    row["name"] = attribute.name
    attribute.order_by = call.text("order_by", attribute.order_by)
    attribute.has_archives = call.flag("has_archives", attribute.has_archives)
    return Result(attribute_json(call, attribute))


def delete_attribute(call: Call) -> Result:
    attribute = _attribute(call)
    if not call.flag("force"):
        raise RestError("woocommerce_rest_trash_not_supported", "Resource does not support trashing.", 501)
    del call.store.attributes[attribute.id]
    return Result(attribute_json(call, attribute))
