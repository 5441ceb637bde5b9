"""/orders/{id}/refunds: money back, restock, and refusals that come as HTTP 500."""

from decimal import Decimal
from typing import Any

from sandbox.php import to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import Call, Result, dated, ordered, paged, post_keys
from sandbox.woocommerce.order_json import refund_json
from sandbox.woocommerce.order_write import add_note, change_status, decimal_of
from sandbox.woocommerce.orders import find_order
from sandbox.woocommerce.rows import Charge, Json, Line, Order, Refund, TaxLine
from sandbox.woocommerce.state import Store, apply_meta
from sandbox.woocommerce.stock import change_stock, line_product
from sandbox.woocommerce.validate import DATED, META, B, I, M, S, Schema, objects

REFUND_BODY: Schema = {
    "amount": S,
    "reason": S,
    "refunded_by": I,
    "api_refund": B,
    "api_restock": B,
    "meta_data": META,
    "line_items": objects(id=I, quantity=I, refund_total=M, refund_tax=objects(id=M, refund_total=M)),
}
REFUND_LIST: Schema = {**DATED, "dp": I}
CANNOT = "woocommerce_rest_cannot_create_order_refund"


def list_refunds(call: Call) -> Result:
    order = find_order(call, position=0)
    rows = ordered(call, dated(call, order.refunds, knows_modified=False), _keys())
    return paged(call, rows, lambda r: refund_json(call, r))


def all_refunds(call: Call) -> Result:
    """GET /refunds across orders, from 9.0."""
    rows = ordered(call, dated(call, call.store.refunds.values(), knows_modified=False), _keys())
    return paged(call, rows, lambda r: refund_json(call, r, with_parent=True))


def _keys() -> Any:
    return {name: key for name, key in post_keys().items() if name in ("date", "id")}


def _find(call: Call) -> tuple[Order, Refund]:
    order = find_order(call, position=0)
    refund = next((r for r in order.refunds if r.id == call.id()), None)
    if refund is None:
        raise RestError("woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID.", 404)
    return order, refund


def get_refund(call: Call) -> Result:
    return Result(refund_json(call, _find(call)[1]))


def create_refund(call: Call) -> Result:
    store, params = call.store, call.params
    order = store.orders.get(int(call.ids[0]))
    if order is None:
        raise RestError("woocommerce_rest_invalid_order_id", "Invalid order ID.", 404, bare=True)
    rows = [r for r in params.get("line_items") or [] if isinstance(r, dict)]
    amount = _amount(params, rows)
    if amount < 0:
        raise RestError(
            "woocommerce_rest_invalid_order_refund",
            "Refund amount must be greater than zero.",
            400,
            bare=True,
        )
    left = order.total - sum((r.amount for r in order.refunds), Decimal(0))
    if amount > left:
        raise RestError(CANNOT, "Invalid refund amount.", 500, bare=True)
    pays_back = call.flag("api_refund", default=True)
    if pays_back:
        _gateway_refund(store, order, amount, call.text("reason"))
    refund = Refund(
        store.next_id("post"), order.id, store.clock.now(), amount, call.text("reason"), 1, pays_back
    )
    apply_meta(store, refund.meta, params.get("meta_data"))
    for row in rows:
        _refund_item(store, order, refund, row)
    _tax_lines(store, order, refund)
    order.refunds.append(refund)
    store.refunds[refund.id] = refund
    if call.flag("api_restock", default=True):
        _restock(call, order, rows)
    order.modified = store.clock.now()
    if amount == left:
        change_status(store, call.emit, order, "refunded")
    call.emit("order.updated", order.id)
    # The real server forgets to fill the order id into this address.
    location = f"{call.rest_url}/wc/v3/orders/(?P<order_id>[\\d]+)/refunds/{refund.id}"
    return Result(refund_json(call, refund), 201, [("Location", location)])


def _amount(params: Json, rows: list[Json]) -> Decimal:
    if params.get("amount") not in (None, ""):
        return decimal_of(params["amount"])
    total = Decimal(0)
    for row in rows:
        total += decimal_of(row.get("refund_total"))
        total += sum((decimal_of(t.get("refund_total")) for t in row.get("refund_tax") or []), Decimal(0))
    return total


def _gateway_refund(store: Store, order: Order, amount: Decimal, reason: str) -> None:
    gateway = store.gateways.get(order.payment_method)
    if not gateway or "refunds" not in gateway.get("supports", []):
        message = "The payment gateway for this order does not support automatic refunds."
        if not gateway:
            message = "The payment gateway for this order does not exist."
        raise RestError(CANNOT, message, 500, bare=True)
    store.gateway_refunds.append({"order_id": order.id, "amount": str(amount), "reason": reason})


def _refund_item(store: Store, order: Order, refund: Refund, row: Json) -> None:
    item_id = to_int(row.get("id"))
    net = -decimal_of(row.get("refund_total"))
    taxes = {to_int(t.get("id")): -decimal_of(t.get("refund_total")) for t in row.get("refund_tax") or []}
    tax = sum(taxes.values(), Decimal(0))
    mark = [store.meta("_refunded_item_id", str(item_id), "itemmeta")]
    line = next((x for x in order.lines if x.id == item_id), None)
    if line is not None:
        refund.lines.append(
            Line(
                store.next_id("item"),
                line.name,
                line.parent_name,
                line.product_id,
                line.variation_id,
                -abs(to_int(row.get("quantity"))),
                line.tax_class,
                line.tax_status,
                net,
                net,
                tax,
                tax,
                {i: (t, t) for i, t in taxes.items()},
                mark,
            )
        )
        return
    for source, target in (
        (order.shipping_lines, refund.shipping_lines),
        (order.fee_lines, refund.fee_lines),
    ):
        charge = next((x for x in source if x.id == item_id), None)
        if charge is not None:
            target.append(
                Charge(
                    store.next_id("item"),
                    charge.kind,
                    charge.title,
                    charge.method_id,
                    charge.instance_id,
                    charge.tax_class,
                    charge.tax_status,
                    net,
                    tax,
                    taxes,
                    mark,
                )
            )


def _tax_lines(store: Store, order: Order, refund: Refund) -> None:
    for source in order.tax_lines:
        cart = sum((line.taxes.get(source.rate_id, (Decimal(0),))[0] for line in refund.lines), Decimal(0))
        cart += sum((c.taxes.get(source.rate_id, Decimal(0)) for c in refund.fee_lines), Decimal(0))
        shipping = sum((c.taxes.get(source.rate_id, Decimal(0)) for c in refund.shipping_lines), Decimal(0))
        if cart or shipping:
            refund.tax_lines.append(
                TaxLine(
                    store.next_id("item"),
                    source.rate_id,
                    source.rate_code,
                    source.label,
                    source.compound,
                    source.percent,
                    cart,
                    shipping,
                )
            )


def _restock(call: Call, order: Order, rows: list[Json]) -> None:
    store = call.store
    for row in rows:
        line = next((x for x in order.lines if x.id == to_int(row.get("id"))), None)
        quantity = abs(to_int(row.get("quantity")))
        mark = next((m for m in line.meta if m.key == "_reduced_stock"), None) if line else None
        product = line_product(store, line) if line else None
        if line is None or mark is None or product is None or not quantity:
            continue
        keeper = change_stock(store, product, quantity)
        rest = int(mark.value) - quantity
        if rest > 0:
            mark.value = str(rest)
        else:
            line.meta.remove(mark)
        if keeper is not None:
            add_note(store, order, f"Item #{line.product_id} stock increased by {quantity}.")
            call.emit("product.updated", keeper.id)


def delete_refund(call: Call) -> Result:
    order, refund = _find(call)
    if not call.flag("force"):
        raise RestError(
            "woocommerce_rest_trash_not_supported", "The shop_order_refund does not support trashing.", 501
        )
    shown = refund_json(call, refund)
    order.refunds.remove(refund)
    call.store.refunds.pop(refund.id, None)
    order.modified = call.store.clock.now()
    if call.store.options.at_least(9):
        call.emit("order.updated", order.id)
    return Result(shown)
