"""The routes of customers and their groups."""

from typing import Any

from sandbox.magento2 import search
from sandbox.magento2.call import Call, as_int, shown
from sandbox.magento2.errors import MageError, no_such
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Customer, Json
from sandbox.magento2.state import Store

_EXTRA = ("taxvat", "gender", "dob", "prefix", "middlename", "suffix", "custom_attributes")
_SAME = "A customer with the same email address already exists in an associated website."


def customer_json(store: Store, row: Customer) -> Json:
    body: Json = {
        "id": row.id,
        "group_id": row.group_id,
        "created_at": store.moment(row.created),
        "updated_at": store.moment(row.updated),
        "created_in": "English",
        "email": row.email,
        "firstname": row.firstname,
        "lastname": row.lastname,
        "store_id": row.store_id,
        "website_id": row.website_id,
        "addresses": [shown(address) for address in row.addresses],
        "disable_auto_group_change": 0,
        "extension_attributes": {"is_subscribed": False},
        **row.extra,
    }
    for kind in ("billing", "shipping"):
        found = next((a["id"] for a in row.addresses if a.get(f"default_{kind}")), None)
        body[f"default_{kind}"] = str(found) if found else None
    return shown(body)


def _value(store: Store, row: Customer, name: str) -> Any:
    if name == "entity_id":
        return row.id
    return customer_json(store, row).get(name)


def list_customers(call: Call) -> Json:
    store = call.store
    rows = list(store.customers.values())
    return search.answer(
        call, rows, lambda c, name: _value(store, c, name), lambda c: customer_json(store, c)
    )


def _find(call: Call) -> Customer:
    value = call.args["customerId"]
    found = call.store.customers.get(as_int(value)) if value.isdigit() else None
    if found is None:
        raise no_such("customerId", value)
    return found


def get_customer(call: Call) -> Json:
    return customer_json(call.store, _find(call))


def _check(call: Call, body: Json, own_id: int) -> None:
    problems: list[tuple[str, Any]] = [
        ('"%fieldName" is required. Enter and try again.', {"fieldName": name})
        for name in ("firstname", "lastname", "email")
        if not str(body.get(name) or "").strip()
    ]
    for address in body.get("addresses") or []:
        problems += [
            ('"%fieldName" is required. Enter and try again.', {"fieldName": name})
            for name in ("firstname", "lastname", "street", "city", "telephone", "country_id")
            if not address.get(name)
        ]
    if len(problems) == 1:
        raise MageError(problems[0][0], problems[0][1])
    if problems:
        raise MageError("One or more input exceptions have occurred.", errors=problems)
    website = as_int(body.get("website_id") or 1)
    email = str(body["email"]).lower()
    for other in call.store.customers.values():
        if other.id != own_id and other.email.lower() == email and other.website_id == website:
            raise MageError(_SAME)


def _addresses(store: Store, row: Customer, addresses: list[Json]) -> list[Json]:
    found = []
    for address in addresses:
        region = address.get("region") or {"region": None, "region_code": None, "region_id": 0}
        kept = {k: v for k, v in address.items() if k not in ("id", "customer_id", "region")}
        number = address.get("id") or store.next_id("customer_address")
        found.append(
            {
                "id": as_int(number),
                "customer_id": row.id,
                "region": region,
                "region_id": region.get("region_id") or 0,
                **kept,
            }
        )
    return found


def create(call: Call) -> Json:
    body, store = call.object("customer"), call.store
    _check(call, body, 0)
    row = Customer(
        store.next_id("customer", 70), str(body["email"]), str(body["firstname"]), str(body["lastname"])
    )
    row.created = row.updated = store.clock.now()
    _take(store, row, body)
    row.addresses = _addresses(store, row, body.get("addresses") or [])
    store.customers[row.id] = row
    call.app.happened("new_customer", row.id)
    return customer_json(store, row)


def _take(store: Store, row: Customer, body: Json) -> None:
    row.email, row.firstname, row.lastname = str(body["email"]), str(body["firstname"]), str(body["lastname"])
    row.group_id = as_int(body.get("group_id") or 1)
    row.website_id = as_int(body.get("website_id") or row.website_id)
    row.store_id = as_int(body.get("store_id") or row.store_id)
    row.extra = {name: body[name] for name in _EXTRA if body.get(name) is not None}


def update(call: Call) -> Json:
    """Replaces: what is left out is emptied, but for the addresses."""
    row, body = _find(call), call.object("customer")
    _check(call, body, row.id)
    _take(call.store, row, body)
    if "addresses" in body:
        row.addresses = _addresses(call.store, row, body["addresses"] or [])
    row.updated = call.store.clock.now()
    call.app.happened("update_customer", row.id)
    return customer_json(call.store, row)


def delete(call: Call) -> bool:
    row = _find(call)
    del call.store.customers[row.id]
    call.app.happened("delete_customer", row.id)
    return True


def list_groups(call: Call) -> Json:
    rows = list(call.store.customer_groups.values())
    return search.answer(call, rows, lambda row, name: row.get(name), dict)


def get_group(call: Call) -> Json:
    found = call.store.customer_groups.get(as_int(call.args["id"]))
    if found is None:
        raise no_such("id", call.args["id"])
    return dict(found)


def create_group(call: Call) -> Json:
    body, store = call.object("group"), call.store
    code = str(body.get("code") or "").strip()
    if any(g["code"].lower() == code.lower() for g in store.customer_groups.values()):
        raise MageError("Customer Group already exists.")
    row: Json = {
        "id": store.next_id("customer_group"),
        "code": code,
        "tax_class_id": as_int(body.get("tax_class_id") or 3),
        "tax_class_name": "Retail Customer",
    }
    store.customer_groups[row["id"]] = row
    return dict(row)


_ACL = "Magento_Customer::"
LINES: list[Line] = [
    ("GET", "/V1/customers/search", list_customers, f"{_ACL}customer"),
    ("POST", "/V1/customers", create, f"{_ACL}manage"),
    ("GET", "/V1/customers/:customerId", get_customer, f"{_ACL}customer"),
    ("PUT", "/V1/customers/:customerId", update, f"{_ACL}manage"),
    ("DELETE", "/V1/customers/:customerId", delete, f"{_ACL}manage"),
    ("GET", "/V1/customerGroups/search", list_groups, f"{_ACL}group"),
    ("GET", "/V1/customerGroups/:id", get_group, f"{_ACL}group"),
    ("POST", "/V1/customerGroups", create_group, f"{_ACL}group"),
]
