"""How orders, refunds and their lines print: key order and types as the real shop's answers."""

from decimal import Decimal
from typing import Any

from sandbox.php import number, slugify, trimmed
from sandbox.woocommerce.listing import ITEM_ALLOW, Call, links
from sandbox.woocommerce.product_json import image_json, symbol_of
from sandbox.woocommerce.rows import Charge, CouponLine, Json, Line, Meta, Order, Refund, TaxLine
from sandbox.woocommerce.state import Store, meta_json
from sandbox.woocommerce.stock import line_product, needs_processing
from sandbox.woocommerce.totals import money

BILLING = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
    "email",
    "phone",
)
SHIPPING = tuple(name for name in BILLING if name != "email")


def address_json(address: Json, names: tuple[str, ...]) -> Json:
    return {name: address.get(name, "") for name in names}


def item_meta_json(store: Store, rows: list[Meta]) -> list[Json]:
    shown = []
    for meta in rows:
        key, value = meta.key, meta.value
        display_key, display_value = key, value
        if key.startswith("pa_"):
            attribute = next((a for a in store.attributes.values() if a.slug == key), None)
            if attribute:
                display_key = attribute.name
                names = {t.slug: t.name for t in attribute.terms.values()}
                display_value = names.get(value, value)
        shown.append(
            {
                "id": meta.id,
                "key": key,
                "value": value,
                "display_key": display_key,
                "display_value": display_value,
            }
        )
    return shown


def line_json(store: Store, line: Line, places: int) -> Json:
    product = line_product(store, line)
    image: Json = {"id": "", "src": ""}
    if product and product.image_ids:
        found = image_json(store, product.image_ids[0])
        image = {"id": str(found["id"]), "src": found["src"]} if found else image
    price = line.total / line.quantity if line.quantity else Decimal(0)
    return {
        "id": line.id,
        "name": line.name,
        "product_id": line.product_id,
        "variation_id": line.variation_id,
        "quantity": line.quantity,
        "tax_class": line.tax_class,
        "subtotal": money(line.subtotal, places),
        "subtotal_tax": money(line.subtotal_tax, places),
        "total": money(line.total, places),
        "total_tax": money(line.total_tax, places),
        "taxes": [
            {"id": rate_id, "total": trimmed(total), "subtotal": trimmed(subtotal)}
            for rate_id, (total, subtotal) in line.taxes.items()
        ],
        "meta_data": item_meta_json(store, line.meta),
        "sku": product.sku if product else None,
        "price": number(price),
        "image": image,
        "parent_name": line.parent_name,
    }


def shipping_json(store: Store, charge: Charge, places: int) -> Json:
    return {
        "id": charge.id,
        "method_title": charge.title,
        "method_id": charge.method_id,
        "instance_id": charge.instance_id,
        "total": money(charge.total, places),
        "total_tax": money(charge.total_tax, places),
        "taxes": [{"id": i, "total": trimmed(t), "subtotal": ""} for i, t in charge.taxes.items()],
        "tax_status": charge.tax_status,
        "meta_data": item_meta_json(store, charge.meta),
    }


def fee_json(store: Store, charge: Charge, places: int) -> Json:
    return {
        "id": charge.id,
        "name": charge.title,
        "tax_class": charge.tax_class,
        "tax_status": charge.tax_status,
        "amount": trimmed(charge.total),
        "total": money(charge.total, places),
        "total_tax": money(charge.total_tax, places),
        "taxes": [{"id": i, "total": trimmed(t), "subtotal": ""} for i, t in charge.taxes.items()],
        "meta_data": item_meta_json(store, charge.meta),
    }


def coupon_json(store: Store, line: CouponLine, places: int) -> Json:
    return {
        "id": line.id,
        "code": line.code,
        "discount": money(line.discount, places),
        "discount_tax": money(line.discount_tax, places),
        "meta_data": item_meta_json(store, line.meta),
        "discount_type": line.discount_type,
        "nominal_amount": number(line.amount),
        "free_shipping": line.free_shipping,
    }


def tax_json(line: TaxLine, places: int) -> Json:
    return {
        "id": line.id,
        "rate_code": line.rate_code,
        "rate_id": line.rate_id,
        "label": line.label,
        "compound": line.compound,
        "tax_total": money(line.tax_total, places),
        "shipping_tax_total": money(line.shipping_tax_total, places),
        "rate_percent": number(line.percent),
        "meta_data": [],
    }


def order_json(call: Call, order: Order) -> Json:
    store, clock = call.store, call.store.clock
    places = call.number("dp", store.options.decimals)

    def amount(value: Decimal) -> str:
        return money(value, places)

    return {
        "id": order.id,
        "parent_id": 0,
        "status": order.status,
        "currency": order.currency,
        "version": store.options.version,
        "prices_include_tax": order.prices_include_tax,
        "date_created": clock.local(order.created),
        "date_modified": clock.local(order.modified),
        "discount_total": amount(order.discount_total),
        "discount_tax": amount(order.discount_tax),
        "shipping_total": amount(order.shipping_total),
        "shipping_tax": amount(order.shipping_tax),
        "cart_tax": amount(order.cart_tax),
        "total": amount(order.total),
        "total_tax": amount(order.cart_tax + order.shipping_tax),
        "customer_id": order.customer_id,
        "order_key": order.order_key,
        "billing": address_json(order.billing, BILLING),
        "shipping": address_json(order.shipping, SHIPPING),
        "payment_method": order.payment_method,
        "payment_method_title": order.payment_method_title,
        "transaction_id": order.transaction_id,
        "customer_ip_address": order.ip,
        "customer_user_agent": order.user_agent,
        "created_via": order.created_via,
        "customer_note": order.customer_note,
        "date_completed": clock.local(order.completed),
        "date_paid": clock.local(order.paid),
        "cart_hash": order.cart_hash,
        "number": order.number,
        "meta_data": meta_json(order.meta),
        "line_items": [line_json(store, line, places) for line in order.lines],
        "tax_lines": [tax_json(line, places) for line in order.tax_lines],
        "shipping_lines": [shipping_json(store, line, places) for line in order.shipping_lines],
        "fee_lines": [fee_json(store, line, places) for line in order.fee_lines],
        "coupon_lines": [coupon_json(store, line, places) for line in order.coupon_lines],
        "refunds": [
            {"id": r.id, "reason": r.reason, "total": amount(-r.amount)} for r in reversed(order.refunds)
        ],
        "payment_url": f"{call.home}/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.order_key}",
        "is_editable": order.status in ("pending", "on-hold", "auto-draft"),
        "needs_payment": order.status in ("pending", "failed") and order.total > 0,
        "needs_processing": needs_processing(store, order),
        "date_created_gmt": clock.gmt(order.created),
        "date_modified_gmt": clock.gmt(order.modified),
        "date_completed_gmt": clock.gmt(order.completed),
        "date_paid_gmt": clock.gmt(order.paid),
        "currency_symbol": symbol_of(order.currency),
        "_links": _order_links(call, order),
    }


def _order_links(call: Call, order: Order) -> Json:
    shown = links(call, "/orders", order.id, ITEM_ALLOW)
    base = f"{call.rest_url}/wc/v3"
    if order.customer_id:
        shown["customer"] = [{"href": f"{base}/customers/{order.customer_id}"}]
    if call.store.options.at_least(9, 8):
        shown["email_templates"] = [
            {"embeddable": True, "href": f"{base}/orders/{order.id}/actions/email_templates"}
        ]
    return shown


def refund_json(call: Call, refund: Refund, *, with_parent: bool = False) -> Json:
    store, clock = call.store, call.store.clock
    places = call.number("dp", store.options.decimals)
    row: Json = {"id": refund.id}
    if with_parent:
        row["parent_id"] = refund.order_id
    row |= {
        "date_created": clock.local(refund.created),
        "date_created_gmt": clock.gmt(refund.created),
        "amount": money(refund.amount, places),
        "reason": refund.reason,
        "refunded_by": refund.refunded_by,
        "refunded_payment": refund.refunded_payment,
        "meta_data": meta_json(refund.meta),
        "line_items": [line_json(store, line, places) for line in refund.lines],
        "shipping_lines": [shipping_json(store, line, places) for line in refund.shipping_lines],
        "tax_lines": [tax_json(line, places) for line in refund.tax_lines],
        "fee_lines": [fee_json(store, line, places) for line in refund.fee_lines],
    }
    parent = f"/orders/{refund.order_id}"
    row["_links"] = links(call, f"{parent}/refunds", refund.id, "GET,DELETE", parent)
    return row


def variation_meta(store: Store, options: dict[str, str]) -> list[tuple[str, Any]]:
    """The (key, value) rows that a sold variation leaves on its line: global attributes by term slug."""
    rows: list[tuple[str, Any]] = []
    for key, option in options.items():
        attribute = next((a for a in store.attributes.values() if a.slug == key), None)
        if attribute:
            slugs = {t.name: t.slug for t in attribute.terms.values()}
            rows.append((key, slugs.get(option, slugify(option))))
        else:
            rows.append((key, option))
    return rows
