"""`customer.*`, `customer_address.*`, `customer_group.list`."""

import hashlib
from typing import Any

from sandbox.magento1.calls import Call, limited
from sandbox.magento1.errors import ApiFault, fault
from sandbox.magento1.filters import chosen, parse
from sandbox.magento1.rows import Customer, Json
from sandbox.magento1.state import GROUPS, Store, php_int

RESOURCE = "customer"
_COLUMNS = (
    "customer_id", "created_at", "updated_at", "increment_id", "store_id", "website_id", "created_in", "email",
    "firstname", "middlename", "lastname", "group_id", "prefix", "suffix", "dob", "taxvat", "confirmation",
    "password_hash", "gender",
)  # fmt: skip


def new_customer(store: Store, data: Json) -> Customer:
    now = store.now()
    customer = Customer(store.next_id("customer"), dict.fromkeys(_COLUMNS))
    customer.columns |= {
        "created_at": now,
        "updated_at": now,
        "store_id": "1",
        "website_id": "1",
        "group_id": "1",
        "created_in": "English",
        **{name: data[name] for name in _COLUMNS if data.get(name) is not None},
        "customer_id": str(customer.id),
        "password_hash": hashlib.md5(
            str(data.get("password", "")).encode(), usedforsecurity=False
        ).hexdigest()
        + ":Qx",
    }
    store.customers[customer.id] = customer
    return customer


def _customer(call: Call, given: Any, code: int = 102) -> Customer:
    found = call.store.customers.get(php_int(str(given)))
    if found is None:
        raise fault(RESOURCE, code)
    return found


def items(call: Call, filters: Any = None) -> list[Json]:
    def get(customer: Customer, field: str) -> Any:
        if field not in customer.columns:
            raise fault(RESOURCE, 101, f"Invalid attribute name: {field}")
        return customer.columns[field]

    rows = chosen(call.store.customers.values(), parse(filters, {"entity_id": "customer_id"}), get)
    return [dict(customer.columns) for customer in limited(call.store, rows)]


def info(call: Call, given: Any, attributes: Any = None) -> Json:
    return dict(_customer(call, given).columns)


def create(call: Call, data: Any) -> int:
    data = data if isinstance(data, dict) else {}
    for name in ("email", "firstname", "lastname"):
        if not data.get(name):
            raise fault(RESOURCE, 100, f"The {name} cannot be empty.")
    if any(one.columns["email"] == data["email"] for one in call.store.customers.values()):
        raise fault(RESOURCE, 100, "This customer email already exists")
    return new_customer(call.store, data).id


def update(call: Call, given: Any, data: Any) -> bool:
    customer = _customer(call, given)
    for name in _COLUMNS:
        if isinstance(data, dict) and data.get(name) is not None:
            customer.columns[name] = data[name]
    customer.columns["updated_at"] = call.store.now()
    return True


def delete(call: Call, given: Any) -> bool:
    del call.store.customers[_customer(call, given).id]
    return True


def groups(call: Call) -> list[Json]:
    return [{"customer_group_id": str(one), "customer_group_code": name} for one, name in GROUPS.items()]


def addresses(call: Call, given: Any) -> list[Json]:
    found = call.store.customers.get(php_int(str(given)))
    if found is None:
        raise fault("customer_address", 101)
    return [dict(row) for row in found.addresses.values()]


def _address(call: Call, given: Any) -> tuple[Customer, Json]:
    number = php_int(str(given))
    for customer in call.store.customers.values():
        if number in customer.addresses:
            return customer, customer.addresses[number]
    raise fault("customer_address", 102)


def address_info(call: Call, given: Any) -> Json:
    return dict(_address(call, given)[1])


def address_create(call: Call, given: Any, data: Any) -> int:
    customer = call.store.customers.get(php_int(str(given)))
    if customer is None:
        raise fault("customer_address", 101)
    if not isinstance(data, dict) or not data.get("firstname"):
        raise ApiFault(100, "Please enter the first name.")
    number = call.store.next_id("address")
    street = data.get("street")
    customer.addresses[number] = {
        **data,
        "customer_address_id": str(number),
        "street": "\n".join(str(line) for line in street) if isinstance(street, list) else street,
    }
    return number


def address_update(call: Call, given: Any, data: Any) -> bool:
    _customer_of, row = _address(call, given)
    row |= data if isinstance(data, dict) else {}
    return True


def address_delete(call: Call, given: Any) -> bool:
    customer, row = _address(call, given)
    del customer.addresses[php_int(str(row["customer_address_id"]))]
    return True
