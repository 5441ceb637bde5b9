"""`/graphql`: what a shopper sees: published products, final prices, stock status. No administration."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.magento2 import stock
from sandbox.magento2.graphql_parser import Field, SyntaxProblem, parse
from sandbox.magento2.rows import Json, Product
from sandbox.magento2.shop_prices import base_price, final_price
from sandbox.messages import Request, Response
from sandbox.php import dumps, number, to_int

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

_TYPES = {
    "simple": "SimpleProduct",
    "virtual": "VirtualProduct",
    "configurable": "ConfigurableProduct",
    "bundle": "BundleProduct",
    "grouped": "GroupedProduct",
    "downloadable": "DownloadableProduct",
}


class _Refused(Exception):
    """A query that the schema does not allow."""


def answer(app: "Magento2App", request: Request) -> Response:
    try:
        query, variables = _read(request)
        view = app.store.default_view
        code = request.headers.get("store", "")
        if code:
            found = app.store.view_by_code(code)
            if found is None:
                raise _Refused("Requested store is not found")
            view = found
        with app.store.lock:
            shown = _Shown(app, view.id)
            data = shown.select("Query", shown, parse(query, variables))
    except (SyntaxProblem, _Refused) as err:
        problem = {"message": str(err), "extensions": {"category": "graphql"}}
        return Response(200, dumps({"errors": [problem]}), _JSON)
    return Response(200, dumps({"data": data}), _JSON)


_JSON = [("Content-Type", "application/json")]


def _read(request: Request) -> tuple[str, Json]:
    if request.method == "GET":
        pairs = dict(request.pairs)
        return pairs.get("query", ""), json.loads(pairs.get("variables") or "{}")
    try:
        body = json.loads(request.body)
    except ValueError as err:
        raise SyntaxProblem("Syntax Error: the body is not JSON") from err
    if not isinstance(body, dict) or not body.get("query"):
        raise SyntaxProblem("Syntax Error: Unexpected <EOF>")
    return str(body["query"]), dict(body.get("variables") or {})


class _Shown:
    """The values of the schema, in one store view."""

    def __init__(self, app: "Magento2App", view_id: int) -> None:
        self.app, self.store, self.view = app, app.store, app.store.views[view_id]
        self.types: dict[str, dict[str, Callable[[Any, Json], Any]]] = {
            "Query": {
                "products": self._products,
                "storeConfig": self._config,
                "availableStores": self._stores,
            },
            "Product": self._product_fields(),
        }

    def select(self, kind: str, value: Any, fields: list[Field]) -> Any:
        """kind: `Query` or `Product`; anything else is plain data that is picked from."""
        if value is None:
            return None
        if isinstance(value, list):
            return [self.select(kind, row, fields) for row in value]
        if isinstance(value, Product):
            kind = "Product"
        found: Json = {}
        for row in fields:
            if row.on:
                if not isinstance(value, Product) or row.on in ("ProductInterface", self._name(value)):
                    found |= self.select(kind, value, row.fields)
                continue
            held = self._field(kind, value, row)
            found[row.key] = self.select("", held, row.fields) if row.fields else held
        return found

    def _name(self, value: Any) -> str:
        return _TYPES[value.type_id] if isinstance(value, Product) else ""

    def _field(self, kind: str, value: Any, row: Field) -> Any:
        if row.name == "__typename":
            return self._name(value) or kind or "Object"
        if kind in self.types:
            getter = self.types[kind].get(row.name)
            if getter is None:
                raise _Refused(f'Cannot query field "{row.name}" on type "{self._name(value) or kind}".')
            return getter(value, row.arguments)
        if not isinstance(value, dict) or row.name not in value:
            raise _Refused(f'Cannot query field "{row.name}".')
        return value[row.name]

    # The root.

    def _products(self, _: Any, arguments: Json) -> Json:
        if "filter" not in arguments and "search" not in arguments:
            raise _Refused("'search' or 'filter' input argument is required.")
        size, page = to_int(arguments.get("pageSize", 20)), to_int(arguments.get("currentPage", 1))
        if size < 1:
            raise _Refused("pageSize value must be greater than 0.")
        rows = [p for p in self.store.products.values() if self._published(p) and self._wanted(p, arguments)]
        pages = max(1, -(-len(rows) // size))
        if page > pages:
            raise _Refused(
                f"currentPage value {page} specified is greater than the {pages} page(s) available."
            )
        return {
            "items": rows[(page - 1) * size : page * size],
            "total_count": len(rows),
            "page_info": {"current_page": page, "page_size": size, "total_pages": pages},
        }

    def _published(self, product: Product) -> bool:
        """Enabled, visible by itself, on this view's website."""
        status, visibility = product.get("status", self.view.id), product.get("visibility", self.view.id)
        return (
            int(status or 2) == 1
            and int(visibility or 1) != 1
            and self.view.website_id in product.website_ids
        )

    def _wanted(self, product: Product, arguments: Json) -> bool:
        text = str(arguments.get("search") or "").lower()
        if text and text not in f"{product.sku} {product.get('name', self.view.id)}".lower():
            return False
        for name, condition in (arguments.get("filter") or {}).items():
            held = product.sku if name == "sku" else product.get(name, self.view.id)
            value = str(held or "").lower()
            if "eq" in condition and value != str(condition["eq"]).lower():
                return False
            if "in" in condition and value not in {str(v).lower() for v in condition["in"]}:
                return False
            if "match" in condition and str(condition["match"]).lower() not in value:
                return False
        return True

    def _config(self, *_: Any) -> Json:
        options, home = self.app.options, self.app.home
        return {
            "id": self.view.id,
            "code": self.view.code,
            "store_code": self.view.code,
            "store_name": self.view.name,
            "website_id": self.view.website_id,
            "locale": self.view.locale,
            "base_currency_code": options.currency,
            "default_display_currency_code": options.currency,
            "timezone": self.app.clock.zone_name,
            "weight_unit": options.weight_unit,
            "base_url": f"{home}/",
            "base_media_url": f"{home}/media/",
        }

    def _stores(self, *_: Any) -> list[Json]:
        return [_Shown(self.app, view.id)._config() for view in self.store.views.values() if view.is_active]

    # A product.

    def _product_fields(self) -> dict[str, Callable[[Any, Json], Any]]:
        plain = ("name", "url_key", "meta_title", "special_from_date", "special_to_date")
        fields: dict[str, Callable[[Any, Json], Any]] = {name: self._plain(name) for name in plain}
        return fields | {
            "id": lambda p, _: p.id,
            "sku": lambda p, _: p.sku,
            "type_id": lambda p, _: p.type_id,
            "created_at": lambda p, _: self.store.moment(p.created),
            "updated_at": lambda p, _: self.store.moment(p.updated),
            "description": lambda p, _: {"html": p.get("description", self.view.id) or ""},
            "short_description": lambda p, _: {"html": p.get("short_description", self.view.id) or ""},
            "special_price": lambda p, _: _number(p.get("special_price", self.view.id)),
            "stock_status": lambda p, _: "IN_STOCK" if self._salable(p) else "OUT_OF_STOCK",
            "price_range": self._price_range,
            "price_tiers": self._tiers,
            "categories": self._categories,
            "media_gallery": self._gallery,
            "configurable_options": self._options,
            "variants": self._variants,
        }

    def _plain(self, name: str) -> Callable[[Any, Json], Any]:
        return lambda product, _: product.get(name, self.view.id)

    def _salable(self, product: Product) -> bool:
        if product.type_id in ("simple", "virtual", "downloadable"):
            if not self.store.options.msi:
                return stock.legacy_figures(self.store, product)[1]
            website = self.store.websites[self.view.website_id]
            return stock.is_salable(
                self.store, product.sku, stock.stock_of_website(self.store, website.code).id
            )
        parts = [self.store.products[i] for i in product.children]
        parts += [p for o in product.bundle for k in o["product_links"] if (p := self.store.by_sku(k["sku"]))]
        parts += [p for link in product.links if (p := self.store.by_sku(link["linked_product_sku"]))]
        return any(self._salable(part) for part in parts)

    def _money(self, value: Decimal) -> Json:
        return {"value": number(round(value, 2)), "currency": self.app.options.currency}

    def _price_range(self, product: Product, _: Json) -> Json:
        rows = [self.store.products[i] for i in product.children] or [product]
        ordered = sorted(rows, key=lambda p: final_price(self.store, p, self.view.id))
        return {"minimum_price": self._price(ordered[0]), "maximum_price": self._price(ordered[-1])}

    def _price(self, product: Product) -> Json:
        regular, final = base_price(product, self.view.id), final_price(self.store, product, self.view.id)
        percent = (regular - final) * 100 / regular if regular else Decimal(0)
        return {
            "regular_price": self._money(regular),
            "final_price": self._money(final),
            "discount": {
                "amount_off": number(round(regular - final, 2)),
                "percent_off": number(round(percent, 2)),
            },
        }

    def _tiers(self, product: Product, _: Json) -> list[Json]:
        """Those of a guest."""
        return [
            {"quantity": number(t.quantity), "final_price": self._money(t.price)}
            for t in product.tiers
            if t.price_type == "fixed" and t.customer_group in ("ALL GROUPS", "NOT LOGGED IN")
        ]

    def _categories(self, product: Product, _: Json) -> list[Json]:
        found = []
        for category_id in product.categories:
            row = self.store.categories[category_id]
            name = row.values.get(self.view.id, {}).get("name", row.values[0].get("name"))
            found.append({"id": row.id, "name": name, "level": row.level})
        return found

    def _gallery(self, product: Product, _: Json) -> list[Json]:
        root = f"{self.app.home}/media/catalog/product"
        rows = [m for m in product.media if not m.disabled]
        return [{"url": f"{root}{m.file}", "label": m.label, "position": m.position} for m in rows]

    def _options(self, product: Product, _: Json) -> list[Json]:
        found = []
        for option in product.configurable:
            attribute = self.store.attribute_by_id(option["attribute_id"])
            code = attribute.code if attribute else ""
            values = [
                {"value_index": v, "label": self.store.option_label(code, v, self.view.id)}
                for v in option["values"]
            ]
            found.append(
                {"id": option["id"], "attribute_code": code, "label": option["label"], "values": values}
            )
        return found

    def _variants(self, product: Product, _: Json) -> list[Json]:
        rows = []
        for child_id in product.children:
            child = self.store.products[child_id]
            attributes = []
            for option in self._options(product, {}):
                value = child.get(option["attribute_code"])
                label = self.store.option_label(option["attribute_code"], value, self.view.id)
                attributes.append(
                    {"code": option["attribute_code"], "label": label, "value_index": int(value or 0)}
                )
            rows.append({"product": child, "attributes": attributes})
        return rows


def _number(value: Any) -> Any:
    return None if value in (None, "") else number(Decimal(value))
