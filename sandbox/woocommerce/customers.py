"""/customers."""

import re

from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import Call, Result, links, ordered, paged
from sandbox.woocommerce.order_json import BILLING, SHIPPING, address_json
from sandbox.woocommerce.rows import Customer, Json
from sandbox.woocommerce.state import apply_meta, meta_json
from sandbox.woocommerce.validate import META, PAGING, Field, S, Schema, enum, obj

_ADDRESS = dict.fromkeys(SHIPPING, S)
CUSTOMER_BODY: Schema = {
    "email": Field("string", email=True),
    "first_name": S,
    "last_name": S,
    "username": S,
    "password": S,
    "billing": obj(**_ADDRESS, email=S),
    "shipping": obj(**_ADDRESS),
    "meta_data": META,
}
CUSTOMER_CREATE: Schema = {**CUSTOMER_BODY, "email": Field("string", email=True, required=True)}
_ROLES = ("all", "administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager")
CUSTOMER_LIST: Schema = {
    **PAGING,
    "orderby": enum("id", "include", "name", "registered_date"),
    "email": Field("string", email=True),
    "role": enum(*_ROLES, "wholesale_customer"),
}


def customer_json(call: Call, customer: Customer) -> Json:
    store, clock = call.store, call.store.clock
    paid = any(o.customer_id == customer.id and o.paid is not None for o in store.orders.values())
    row: Json = {
        "id": customer.id,
        "date_created": clock.local(customer.created),
        "date_created_gmt": clock.gmt(customer.created),
        "date_modified": clock.local(customer.modified),
        "date_modified_gmt": clock.gmt(customer.modified),
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "role": customer.role,
        "username": customer.username,
        "billing": address_json(customer.billing, BILLING),
        "shipping": address_json(customer.shipping, SHIPPING),
        "is_paying_customer": paid,
        "avatar_url": "https://secure.gravatar.com/avatar/?s=96&d=mm&r=g",
        "meta_data": meta_json(customer.meta),
    }
    row["_links"] = links(call, "/customers", customer.id, "GET,POST,PUT,PATCH,DELETE")
    return row


def list_customers(call: Call) -> Result:
    rows = list(call.store.customers.values())
    role = call.text("role", "customer")
    if role != "all":
        rows = [c for c in rows if c.role == role]
    if call.text("email"):
        rows = [c for c in rows if c.email.lower() == call.text("email").lower()]
    if call.params.get("include"):
        rows = [c for c in rows if c.id in call.integers("include")]
    if call.params.get("exclude"):
        rows = [c for c in rows if c.id not in call.integers("exclude")]
    if call.text("search"):
        word = call.text("search").lower()
        rows = [c for c in rows if word in f"{c.email} {c.username} {c.first_name} {c.last_name}".lower()]
    call.params.setdefault("order", "asc")
    keys = {
        "name": lambda c: (c.username.lower(), c.id),
        "id": lambda c: c.id,
        "registered_date": lambda c: (c.created, c.id),
    }
    return paged(call, ordered(call, rows, keys, "name"), lambda c: customer_json(call, c))


def _find(call: Call, status: int = 404) -> Customer:
    customer = call.store.customers.get(call.id())
    if customer is None:
        raise RestError("woocommerce_rest_invalid_id", "Invalid resource ID.", status)
    return customer


def get_customer(call: Call) -> Result:
    return Result(customer_json(call, _find(call)))


def create_customer(call: Call) -> Result:
    store = call.store
    email = call.text("email").strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise RestError("registration-error-invalid-email", "Please provide a valid email address.", 400)
    _check_email(call, email)
    username = call.text("username") or email.partition("@")[0]
    if any(c.username.lower() == username.lower() for c in store.customers.values()):
        if call.text("username"):
            raise RestError(
                "registration-error-username-exists",
                "An account is already registered with that username. Please choose another.",
                400,
            )
        username = f"{username}-{store.ids['user'] + 1}"
    customer = Customer(store.next_id("user"), email, username, created=store.clock.now())
    _fill(call, customer)
    store.customers[customer.id] = customer
    call.emit("customer.created", customer.id)
    location = f"{call.rest_url}/wc/v3/customers/{customer.id}"
    return Result(customer_json(call, customer), 201, [("Location", location)])


def _check_email(call: Call, email: str, own: int = 0) -> None:
    for other in call.store.customers.values():
        if other.email.lower() == email.lower() and other.id != own:
            raise RestError(
                "registration-error-email-exists",
                'An account is already registered with your email address. <a href="#" class="showlogin">'
                "Please log in.</a>",
                400,
            )


def _fill(call: Call, customer: Customer) -> None:
    for name in ("first_name", "last_name"):
        if call.params.get(name) is not None:
            setattr(customer, name, call.text(name))
    for name, keys in (("billing", BILLING), ("shipping", SHIPPING)):
        posted = call.params.get(name)
        if isinstance(posted, dict):
            target: Json = getattr(customer, name)
            target.update({k: str(v) for k, v in posted.items() if k in keys and v is not None})
    apply_meta(call.store, customer.meta, call.params.get("meta_data"), "usermeta")
    customer.modified = call.store.clock.now()


def update_customer(call: Call) -> Result:
    customer = _find(call, 400)
    if call.text("email") and call.text("email").lower() != customer.email.lower():
        for other in call.store.customers.values():
            if other.email.lower() == call.text("email").lower():
                raise RestError("woocommerce_rest_customer_invalid_email", "Email address is invalid.", 400)
        customer.email = call.text("email")
    if call.text("username") and call.text("username") != customer.username:
        raise RestError("woocommerce_rest_customer_invalid_argument", "Username isn't editable.", 400)
    _fill(call, customer)
    call.emit("customer.updated", customer.id)
    return Result(customer_json(call, customer))


def delete_customer(call: Call) -> Result:
    customer = _find(call, 400)
    if not call.flag("force"):
        raise RestError("woocommerce_rest_trash_not_supported", "Customers do not support trashing.", 501)
    shown = customer_json(call, customer)
    del call.store.customers[customer.id]
    for order in call.store.orders.values():
        if order.customer_id == customer.id:
            order.customer_id = call.number("reassign")
    call.emit("customer.deleted", customer.id)
    return Result(shown)


def customer_downloads(call: Call) -> Result:
    _find_first(call)
    return Result([])


def _find_first(call: Call) -> Customer:
    customer = call.store.customers.get(int(call.ids[0]))
    if customer is None:
        raise RestError("woocommerce_rest_invalid_id", "Invalid resource ID.", 404)
    return customer


def show_any(call: Call, customer_id: int) -> Json:
    customer = call.store.customers.get(customer_id)
    if customer is None:
        raise RestError("woocommerce_rest_invalid_id", "Invalid resource ID.", 404)
    return customer_json(call, customer)
