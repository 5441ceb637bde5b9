"""The route table: which path, which methods, which schema, and what may be batched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.woocommerce import (
    coupons,
    customers,
    fulfillments,
    orders,
    products,
    refunds,
    settings,
    setup,
    taxes,
    terms,
    tracking,
    variations,
)
from sandbox.woocommerce import webhooks as hooks
from sandbox.woocommerce.listing import Handler
from sandbox.woocommerce.rows import Options
from sandbox.woocommerce.validate import Schema

EDITABLE = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Endpoint:
    handler: Handler
    schema: Schema = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """What `POST …/batch` does per row."""

    create: Handler
    update: Handler
    delete: Handler


@dataclass(frozen=True)
class Route:
    namespace: str
    template: str
    methods: dict[str, Endpoint]
    allow: str
    batch: Batch | None = None
    pattern: re.Pattern[str] = field(default=re.compile(""), compare=False)

    @property
    def noun(self) -> str:
        return "item" if self.template.endswith(">") else "collection"


def _pattern(template: str) -> re.Pattern[str]:
    text = re.escape(template).replace("<id>", r"(\d+)").replace("<word>", r"([\w-]+)")
    return re.compile(f"^{text}$")


def _route(template: str, namespace: str = "wc/v3", batch: Batch | None = None, **methods: Endpoint) -> Route:
    table: dict[str, Endpoint] = {}
    allow = []
    for name, endpoint in methods.items():
        verbs = EDITABLE if name == "EDIT" else (name,)
        for verb in verbs:
            table.setdefault(verb, endpoint)
        allow += [v for v in verbs if v not in allow]
    return Route(namespace, template, table, ", ".join(allow), batch, _pattern(template))


def _resource(
    template: str,
    *,
    listing: Endpoint,
    get: Endpoint,
    create: Endpoint,
    update: Endpoint,
    delete: Endpoint,
    item: str = "<id>",
    batched: bool = True,
) -> Iterator[Route]:
    yield _route(template, GET=listing, POST=create)
    if batched:
        batch = Batch(create.handler, update.handler, delete.handler)
        yield _route(f"{template}/batch", batch=batch, EDIT=create)
    yield _route(f"{template}/{item}", GET=get, EDIT=update, DELETE=delete)


def _terms(template: str, desk: terms.Terms, listing: Schema) -> Iterator[Route]:
    return _resource(
        template,
        listing=Endpoint(desk.list, listing),
        get=Endpoint(desk.get),
        create=Endpoint(desk.create, terms.TERM_CREATE),
        update=Endpoint(desk.update, terms.TERM_BODY),
        delete=Endpoint(desk.delete),
    )


def _catalogue(version: "Version") -> Iterator[Route]:
    listing = version.pick(products.PRODUCT_LIST, products.PRODUCT_LIST_UNSORTED, products.PRODUCT_LIST_OLD)
    yield from _terms("/products/categories", terms.CATEGORIES, terms.TERM_LIST)
    yield from _terms("/products/tags", terms.TAGS, terms.TERM_LIST)
    yield from _terms("/products/shipping_classes", terms.SHIPPING_CLASSES, terms.TERM_LIST)
    yield from _terms("/products/attributes/<id>/terms", terms.ATTRIBUTE_TERMS, terms.ATTRIBUTE_TERM_LIST)
    yield from _resource(
        "/products/attributes",
        listing=Endpoint(terms.list_attributes),
        get=Endpoint(terms.get_attribute),
        create=Endpoint(terms.create_attribute, terms.ATTRIBUTE_CREATE),
        update=Endpoint(terms.update_attribute, terms.ATTRIBUTE_BODY),
        delete=Endpoint(terms.delete_attribute),
    )
    yield from _resource(
        "/products",
        listing=Endpoint(products.list_products, listing),
        get=Endpoint(products.get_product),
        create=Endpoint(products.create_product, products.PRODUCT_BODY),
        update=Endpoint(products.update_product, products.PRODUCT_BODY),
        delete=Endpoint(products.delete_product),
    )
    yield _route("/products/<id>/duplicate", POST=Endpoint(products.duplicate_product))
    yield _route("/products/<id>/variations/generate", POST=Endpoint(variations.generate_variations))
    yield from _resource(
        "/products/<id>/variations",
        listing=Endpoint(variations.list_variations, listing),
        get=Endpoint(variations.get_variation),
        create=Endpoint(variations.create_variation, variations.VARIATION_BODY),
        update=Endpoint(variations.update_variation, variations.VARIATION_BODY),
        delete=Endpoint(variations.delete_variation),
    )


def _sales(version: "Version") -> Iterator[Route]:
    listing = version.pick(orders.ORDER_LIST, orders.ORDER_LIST_UNSORTED, orders.ORDER_LIST_OLD)
    yield from _resource(
        "/orders",
        listing=Endpoint(orders.list_orders, listing),
        get=Endpoint(orders.get_order),
        create=Endpoint(orders.create_order, orders.ORDER_BODY),
        update=Endpoint(orders.update_order, orders.ORDER_BODY),
        delete=Endpoint(orders.delete_order),
    )
    yield _route(
        "/orders/<id>/notes",
        GET=Endpoint(orders.list_notes, orders.NOTE_LIST),
        POST=Endpoint(orders.create_note, orders.NOTE_BODY),
    )
    yield _route(
        "/orders/<id>/notes/<id>", GET=Endpoint(orders.get_note), DELETE=Endpoint(orders.delete_note)
    )
    yield _route(
        "/orders/<id>/refunds",
        GET=Endpoint(refunds.list_refunds, refunds.REFUND_LIST),
        POST=Endpoint(refunds.create_refund, refunds.REFUND_BODY),
    )
    yield _route(
        "/orders/<id>/refunds/<id>", GET=Endpoint(refunds.get_refund), DELETE=Endpoint(refunds.delete_refund)
    )
    yield _route("/orders/<id>/actions/send_order_details", POST=Endpoint(orders.send_order_details))
    yield _route("/reports/orders/totals", GET=Endpoint(orders.order_totals))
    yield from _resource(
        "/customers",
        listing=Endpoint(customers.list_customers, customers.CUSTOMER_LIST),
        get=Endpoint(customers.get_customer),
        create=Endpoint(customers.create_customer, customers.CUSTOMER_CREATE),
        update=Endpoint(customers.update_customer, customers.CUSTOMER_BODY),
        delete=Endpoint(customers.delete_customer),
    )
    yield _route("/customers/<id>/downloads", GET=Endpoint(customers.customer_downloads))
    yield from _resource(
        "/coupons",
        listing=Endpoint(coupons.list_coupons, coupons.COUPON_LIST),
        get=Endpoint(coupons.get_coupon),
        create=Endpoint(coupons.create_coupon, coupons.COUPON_CREATE),
        update=Endpoint(coupons.update_coupon, coupons.COUPON_BODY),
        delete=Endpoint(coupons.delete_coupon),
    )


def _setup() -> Iterator[Route]:
    yield _route(
        "/taxes/classes",
        GET=Endpoint(taxes.list_classes),
        POST=Endpoint(taxes.create_class, taxes.CLASS_BODY),
    )
    yield _route("/taxes/classes/<word>", DELETE=Endpoint(taxes.delete_class))
    yield from _resource(
        "/taxes",
        listing=Endpoint(taxes.list_taxes, taxes.TAX_LIST),
        get=Endpoint(taxes.get_tax),
        create=Endpoint(taxes.create_tax, taxes.TAX_BODY),
        update=Endpoint(taxes.update_tax, taxes.TAX_BODY),
        delete=Endpoint(taxes.delete_tax),
    )
    yield _route("/settings", GET=Endpoint(settings.list_groups))
    yield _route("/settings/<word>", GET=Endpoint(settings.list_settings))
    yield _route(
        "/settings/<word>/<word>",
        GET=Endpoint(settings.get_setting),
        EDIT=Endpoint(settings.update_setting, settings.SETTING_BODY),
    )
    for template, handler in (
        ("/system_status", setup.system_status),
        ("/payment_gateways", setup.list_gateways),
        ("/payment_gateways/<word>", setup.get_gateway),
        ("/shipping_methods", setup.list_methods),
        ("/shipping_methods/<word>", setup.get_method),
        ("/shipping/zones", setup.list_zones),
        ("/shipping/zones/<id>", setup.get_zone),
        ("/shipping/zones/<id>/locations", setup.zone_locations),
        ("/shipping/zones/<id>/methods", setup.zone_methods),
        ("/data/currencies/current", setup.current_currency),
        ("/data/currencies", setup.list_currencies),
        ("/data/countries", setup.list_countries),
    ):
        yield _route(template, GET=Endpoint(handler))


def _tracking(namespace: str) -> Iterator[Route]:
    base = "/orders/<id>/shipment-trackings"
    yield _route(
        base,
        namespace,
        GET=Endpoint(tracking.list_trackings),
        POST=Endpoint(tracking.create_tracking, tracking.TRACKING_BODY),
    )
    yield _route(f"{base}/providers", namespace, GET=Endpoint(tracking.providers))
    yield _route(
        f"{base}/<word>",
        namespace,
        GET=Endpoint(tracking.get_tracking),
        DELETE=Endpoint(tracking.delete_tracking),
    )


def _fulfillments() -> Iterator[Route]:
    base = "/orders/<id>/fulfillments"
    yield _route(
        base,
        GET=Endpoint(fulfillments.list_fulfillments),
        POST=Endpoint(fulfillments.create_fulfillment, fulfillments.FULFILLMENT_BODY),
    )
    yield _route(
        f"{base}/<id>",
        GET=Endpoint(fulfillments.get_fulfillment),
        EDIT=Endpoint(fulfillments.update_fulfillment, fulfillments.FULFILLMENT_BODY),
        DELETE=Endpoint(fulfillments.delete_fulfillment),
    )


@dataclass(frozen=True)
class Version:
    """What came to WooCommerce when, as far as routes and their parameters go."""

    modified_filters: bool  # 5.8
    modified_sorting: bool  # seen in 7.9
    refunds_across: bool  # 9.0
    variations_across: bool  # 10.3
    fulfillments: bool  # 10.1, where switched on

    @classmethod
    def of(cls, options: Options) -> "Version":
        return cls(
            modified_filters=options.at_least(5, 8),
            modified_sorting=options.at_least(7, 9),
            refunds_across=options.at_least(9),
            variations_across=options.at_least(10, 3),
            fulfillments=options.fulfillments and options.at_least(10, 1),
        )

    def pick(self, newest: Schema, unsorted: Schema, oldest: Schema) -> Schema:
        if not self.modified_filters:
            return oldest
        return newest if self.modified_sorting else unsorted


class Routes:
    """Finds the route of a path. Built anew when version or plugins change."""

    def __init__(self, desk: hooks.WebhookDesk, version: Version, tracking_plugin: str) -> None:
        rows: list[Route] = [*_catalogue(version), *_sales(version), *_setup()]
        if version.refunds_across:
            rows.append(_route("/refunds", GET=Endpoint(refunds.all_refunds, refunds.REFUND_LIST)))
        if version.variations_across:
            rows.append(_route("/variations", GET=Endpoint(variations.all_variations, products.PRODUCT_LIST)))
        if version.fulfillments:
            rows += _fulfillments()
        rows += _resource(
            "/webhooks",
            listing=Endpoint(desk.list, hooks.WEBHOOK_LIST),
            get=Endpoint(desk.get),
            create=Endpoint(desk.create, hooks.WEBHOOK_CREATE),
            update=Endpoint(desk.update, hooks.WEBHOOK_BODY),
            delete=Endpoint(desk.delete),
        )
        self.namespaces = ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wc-analytics", "wc/store/v1", "wp/v2"]
        if tracking_plugin:
            names = ["wc-shipment-tracking/v3"] + (["wc-ast/v3"] if tracking_plugin == "ast" else [])
            for name in names:
                rows += _tracking(name)
                self.namespaces.append(name)
        self._by_namespace: dict[str, list[Route]] = {}
        for row in rows:
            self._by_namespace.setdefault(row.namespace, []).append(row)

    def find(self, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """path: after the REST prefix, for instance `/wc/v3/products/10`."""
        parts = path.strip("/").split("/", 2)
        if len(parts) < 3:
            return None
        rest = f"/{parts[2]}"
        for route in self._by_namespace.get(f"{parts[0]}/{parts[1]}", ()):
            found = route.pattern.match(rest)
            if found:
                return route, found.groups()
        return None
