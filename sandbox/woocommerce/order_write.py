"""Puts lines, charges and coupons of a request into an order, and moves orders through their states."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.php import clean_decimal, to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.order_json import variation_meta
from sandbox.woocommerce.product_json import variation_label
from sandbox.woocommerce.products import lookup
from sandbox.woocommerce.rows import Charge, CouponLine, Json, Line, Order, Product, Refund
from sandbox.woocommerce.state import Store, apply_meta
from sandbox.woocommerce.stock import REDUCING, RESTORING, needs_processing, reduce_stock, restore_stock
from sandbox.woocommerce.totals import Calculator, find_coupon, net_price

Emit = Callable[[str, int], None]


def decimal_of(value: Any) -> Decimal:
    return Decimal(clean_decimal(value) or "0")


def fill_line(store: Store, order: Order, line: Line, product: Product) -> None:
    """Takes name, ids, tax class and, at today's price, the amounts from a product."""
    variation = product.type == "variation"
    parent = store.products.get(product.parent_id) if variation else None
    line.product_id = product.parent_id if variation else product.id
    line.variation_id = product.id if variation else 0
    line.name = f"{parent.name} - {variation_label(store, product)}" if parent else product.name
    line.parent_name = parent.name if parent else None
    line.tax_class = product.tax_class or (parent.tax_class if parent else "")
    line.tax_status = product.tax_status
    if variation:
        line.meta = [store.meta(k, v, "itemmeta") for k, v in variation_meta(store, product.options)]
    gross = Decimal(product.price or "0") * line.quantity
    taxable = product.tax_status == "taxable"
    line.total = line.subtotal = net_price(
        store, gross, line.tax_class, taxable, including=order.prices_include_tax
    )


def write_lines(store: Store, order: Order, posted: list[Any], *, creating: bool) -> None:
    for row in posted:
        line = _existing(order.lines, row)
        if line is not None and _is_removed(row):
            order.lines.remove(line)
            continue
        if line is None:
            line = _new_line(store, order, row)
            if line is None:
                continue
        elif row.get("product_id") or row.get("sku"):
            product = lookup(store, row)
            if product is not None and product.id not in (line.variation_id, line.product_id):
                line.quantity = max(to_int(row.get("quantity")), 1)
                fill_line(store, order, line, product)
        if row.get("quantity") is not None:
            line.quantity = to_int(row["quantity"])
        for name in ("total", "subtotal"):
            if row.get(name) is not None:
                setattr(line, name, decimal_of(row[name]))
        for name in ("name", "tax_class"):
            if row.get(name) is not None:
                setattr(line, name, str(row[name]))
        apply_meta(store, line.meta, row.get("meta_data"), "itemmeta")


def _new_line(store: Store, order: Order, row: Json) -> Line | None:
    if _is_removed(row):
        return None
    if not (row.get("product_id") or row.get("variation_id") or row.get("sku")):
        raise RestError("woocommerce_rest_required_product_reference", "Product ID or SKU is required.", 400)
    line = Line(store.next_id("item"), quantity=to_int(row.get("quantity") or 1))
    product = lookup(store, row)
    if product is not None:
        fill_line(store, order, line, product)
    order.lines.append(line)
    return line


def _is_removed(row: Json) -> bool:
    named = ("product_id", "method_id", "method_title", "name", "code")
    return any(key in row and row[key] is None for key in named) or row.get("quantity") in (0, "0")


def _existing(rows: list[Any], posted: Any) -> Any:
    if not isinstance(posted, dict):
        raise RestError("woocommerce_rest_invalid_item", "Order item is not an object.", 400)
    if not posted.get("id"):
        return None
    found = next((row for row in rows if row.id == to_int(posted["id"])), None)
    if found is None:
        raise RestError(
            "woocommerce_rest_invalid_item_id",
            "Order item ID provided is not associated with order.",
            400,
        )
    return found


def write_charges(store: Store, rows: list[Charge], posted: list[Any], kind: str) -> None:
    for row in posted:
        charge = _existing(rows, row)
        if charge is not None and _is_removed(row):
            rows.remove(charge)
            continue
        if charge is None:
            required = "method_id" if kind == "shipping" else "name"
            if not row.get(required):
                if kind == "shipping":
                    raise RestError(
                        "woocommerce_rest_invalid_shipping_item", "Shipping method ID is required.", 400
                    )
                raise RestError("woocommerce_rest_invalid_fee_item", "Fee name is required.", 400)
            charge = Charge(store.next_id("item"), kind)
            rows.append(charge)
        title = row.get("method_title") if kind == "shipping" else row.get("name")
        if title is not None:
            charge.title = str(title)
        for name in ("method_id", "instance_id", "tax_class", "tax_status"):
            if row.get(name) is not None:
                setattr(charge, name, str(row[name]))
        if row.get("total") is not None:
            charge.total = decimal_of(row["total"])
        apply_meta(store, charge.meta, row.get("meta_data"), "itemmeta")


def write_coupons(store: Store, order: Order, posted: list[Any]) -> None:
    """Replaces the order's coupons; ids cannot be sent."""
    lines = []
    for row in posted:
        if isinstance(row, dict) and row.get("id"):
            raise RestError("woocommerce_rest_coupon_item_id_readonly", "Coupon item ID is readonly.", 400)
        code = str(row.get("code") or "") if isinstance(row, dict) else ""
        if not code:
            raise RestError("woocommerce_rest_invalid_coupon", "Coupon code is required.", 400)
        _check_coupon(store, code)
        lines.append(CouponLine(store.next_id("item"), code.strip().lower()))
    order.coupon_lines = lines


def _check_coupon(store: Store, code: str) -> None:
    coupon = find_coupon(store, code)
    message = ""
    if coupon is None:
        message = f'Coupon "{code}" does not exist!'
    elif coupon.expires is not None and coupon.expires < store.clock.now():
        message = "This coupon has expired."
    elif coupon.usage_limit and coupon.usage_count >= coupon.usage_limit:
        message = "Coupon usage limit has been reached."
    if message:
        raise RestError("woocommerce_rest_invalid_coupon", message, 400)


def calculate(store: Store, order: Order, *, coupons: bool = False) -> None:
    Calculator(store, order).run(coupons=coupons)


def add_note(
    store: Store, order: Order, text: str, *, customer: bool = False, author: str = "WooCommerce"
) -> Json:
    note = {
        "id": store.next_id("comment"),
        "author": author,
        "created": store.clock.now(),
        "note": text,
        "customer_note": customer,
        "added_by_user": author != "WooCommerce",
    }
    order.notes.append(note)
    return note


_LABELS = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}


def change_status(store: Store, emit: Emit, order: Order, status: str) -> bool:
    """Any status may follow any other; stock, dates, notes and a full refund come with it."""
    if order.status == status:
        return False
    old, order.status = order.status, status
    order.trashed_from = ""
    now = store.clock.now()
    touched: list[Product] = []
    if status in REDUCING:
        touched = reduce_stock(store, order)
    elif status in RESTORING:
        touched = restore_stock(store, order)
    for product in touched:
        emit("product.updated", product.id)
    paid_status = "processing" if needs_processing(store, order) else "completed"
    if order.paid is None and (
        status == paid_status or (paid_status == "processing" and status == "completed")
    ):
        order.paid = now
    if status == "completed" and order.completed is None:
        order.completed = now
    if status == "refunded":
        _refund_rest(store, order)
    add_note(
        store, order, f"Order status changed from {_LABELS.get(old, old)} to {_LABELS.get(status, status)}."
    )
    order.modified = now
    return True


def _refund_rest(store: Store, order: Order) -> None:
    left = order.total - sum((r.amount for r in order.refunds), Decimal(0))
    if left > 0:
        refund = Refund(
            store.next_id("post"), order.id, store.clock.now(), left, "Order fully refunded.", 1, False
        )
        order.refunds.append(refund)
        store.refunds[refund.id] = refund


def pay(store: Store, emit: Emit, order: Order, transaction_id: str = "") -> None:
    """payment_complete: processing, or completed when nothing has to be sent."""
    if transaction_id:
        order.transaction_id = transaction_id
    if order.status in ("pending", "failed", "on-hold", "cancelled"):
        if order.paid is None:
            order.paid = store.clock.now()
        change_status(store, emit, order, "processing" if needs_processing(store, order) else "completed")
