"""/coupons."""

from decimal import Decimal

from sandbox.php import clean_decimal, to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import ITEM_ALLOW, Call, Result, dated, links, ordered, paged, post_keys
from sandbox.woocommerce.products import invalid_id
from sandbox.woocommerce.rows import Coupon, Json
from sandbox.woocommerce.state import apply_meta, meta_json
from sandbox.woocommerce.totals import find_coupon, money
from sandbox.woocommerce.validate import DATED, META, MODIFIED, B, Field, I, M, S, Schema, array, enum

COUPON_BODY: Schema = {
    "code": S,
    "amount": S,
    "discount_type": enum("percent", "fixed_cart", "fixed_product"),
    "description": S,
    "date_expires": M,
    "individual_use": B,
    "product_ids": array(I),
    "usage_limit": I,
    "free_shipping": B,
    "minimum_amount": S,
    "maximum_amount": S,
    "meta_data": META,
}
COUPON_CREATE: Schema = {**COUPON_BODY, "code": Field("string", required=True)}
COUPON_LIST: Schema = {
    **DATED,
    **MODIFIED,
    "orderby": enum("date", "id", "include", "title", "slug", "modified"),
    "code": S,
}
INVALID = "woocommerce_rest_shop_coupon_invalid_id"


def coupon_json(call: Call, coupon: Coupon) -> Json:
    clock = call.store.clock
    return {
        "id": coupon.id,
        "code": coupon.code,
        "amount": money(coupon.amount, call.store.options.decimals),
        "status": coupon.status,
        "date_created": clock.local(coupon.created),
        "date_created_gmt": clock.gmt(coupon.created),
        "date_modified": clock.local(coupon.modified),
        "date_modified_gmt": clock.gmt(coupon.modified),
        "discount_type": coupon.discount_type,
        "description": coupon.description,
        "date_expires": clock.local(coupon.expires),
        "date_expires_gmt": clock.gmt(coupon.expires),
        "usage_count": coupon.usage_count,
        "individual_use": coupon.individual_use,
        "product_ids": coupon.product_ids,
        "excluded_product_ids": [],
        "usage_limit": coupon.usage_limit,
        "usage_limit_per_user": None,
        "limit_usage_to_x_items": None,
        "free_shipping": coupon.free_shipping,
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "minimum_amount": coupon.minimum_amount,
        "maximum_amount": coupon.maximum_amount,
        "email_restrictions": [],
        "used_by": [],
        "meta_data": meta_json(coupon.meta),
        "_links": links(call, "/coupons", coupon.id, ITEM_ALLOW),
    }


def list_coupons(call: Call) -> Result:
    rows = [c for c in dated(call, call.store.coupons.values()) if c.status != "trash"]
    if call.text("code"):
        rows = [c for c in rows if c.code == call.text("code").lower()]
    if call.text("search"):
        rows = [c for c in rows if call.text("search").lower() in c.code]
    rows = ordered(call, rows, {**post_keys("code"), "slug": lambda c: (c.code, c.id)})
    return paged(call, rows, lambda c: coupon_json(call, c))


def _find(call: Call, status: int) -> Coupon:
    coupon = call.store.coupons.get(call.id())
    if coupon is None:
        raise invalid_id(INVALID, status)
    return coupon


def get_coupon(call: Call) -> Result:
    return Result(coupon_json(call, _find(call, 404)))


def _check_code(call: Call, code: str, own: int = 0) -> str:
    holder = find_coupon(call.store, code)
    if holder is not None and holder.id != own:
        raise RestError("woocommerce_rest_coupon_code_already_exists", "The coupon code already exists", 400)
    return code.strip().lower()


def _fill(call: Call, coupon: Coupon) -> None:
    store, params = call.store, call.params
    for name in ("discount_type", "description", "minimum_amount", "maximum_amount"):
        if params.get(name) is not None:
            setattr(coupon, name, str(params[name]))
    for name in ("individual_use", "free_shipping"):
        if params.get(name) is not None:
            setattr(coupon, name, call.flag(name))
    if params.get("amount") is not None:
        coupon.amount = Decimal(clean_decimal(params["amount"]) or "0")
    if isinstance(params.get("product_ids"), list):
        coupon.product_ids = [to_int(i) for i in params["product_ids"]]
    if params.get("usage_limit") is not None:
        coupon.usage_limit = call.number("usage_limit")
    if params.get("date_expires") is not None:
        coupon.expires = store.clock.parse(call.text("date_expires")) if call.text("date_expires") else None
    apply_meta(store, coupon.meta, params.get("meta_data"))
    coupon.modified = store.clock.now()


def create_coupon(call: Call) -> Result:
    store = call.store
    code = _check_code(call, call.text("code"))
    coupon = Coupon(store.next_id("post"), code, created=store.clock.now())
    _fill(call, coupon)
    store.coupons[coupon.id] = coupon
    call.emit("coupon.created", coupon.id)
    location = f"{call.rest_url}/wc/v3/coupons/{coupon.id}"
    return Result(coupon_json(call, coupon), 201, [("Location", location)])


def update_coupon(call: Call) -> Result:
    coupon = _find(call, 400)
    if call.text("code"):
        coupon.code = _check_code(call, call.text("code"), coupon.id)
    _fill(call, coupon)
    call.emit("coupon.updated", coupon.id)
    return Result(coupon_json(call, coupon))


def delete_coupon(call: Call) -> Result:
    coupon = _find(call, 404)
    shown = coupon_json(call, coupon)
    if call.flag("force"):
        del call.store.coupons[coupon.id]
        return Result(shown)
    if coupon.status == "trash":
        raise RestError("woocommerce_rest_already_trashed", "The shop_coupon has already been deleted.", 410)
    coupon.status = "trash"
    call.emit("coupon.deleted", coupon.id)
    return Result(shown)


def show_any(call: Call, coupon_id: int) -> Json:
    coupon = call.store.coupons.get(coupon_id)
    if coupon is None:
        raise invalid_id(INVALID, 404)
    return coupon_json(call, coupon)
