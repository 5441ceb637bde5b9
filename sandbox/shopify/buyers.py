"""Who buys: addresses and customers of orders."""

from typing import Any

from sandbox.shopify.calls import Row
from sandbox.shopify.state import Store


def address_row(store: Store, given: Row) -> Row:
    row = {
        "id": f"gid://shopify/MailingAddress/{store.number()}?model_name=Address",
        **dict.fromkeys(("firstName", "lastName", "company", "address1", "address2", "zip", "city", "phone")),
        "provinceCode": None,
        "province": None,
        "countryCodeV2": None,
        "latitude": None,
        "longitude": None,
        **given,
    }
    if given.get("countryCode"):
        row["countryCodeV2"] = given["countryCode"]
    return row


def set_address(store: Store, order: Row, field: str, given: Any) -> None:
    order[field] = address_row(store, given) if given else None


def set_customer(store: Store, order: Row, given: Any) -> None:
    if given is None:
        return
    if given.get("id"):
        order["_customer"] = given["id"]
        order["email"] = store.tables["Customer"][given["id"]]["email"]
        return
    address = order["_billing"] or order["_shipping"] or {}
    fields = {
        "firstName": address.get("firstName"),
        "lastName": address.get("lastName"),
        "email": order["email"],
        "phone": None,
        **given,
    }
    found = next((c for c in store.rows("Customer") if c["email"] and c["email"] == fields["email"]), None)
    row = found or new_customer(store, **fields)
    if found is None and address:
        row["_addresses"] = [address]
    order["_customer"] = row["id"]
    order["email"] = row["email"]


def new_customer(store: Store, **fields: Any) -> Row:
    row = store.add(
        "Customer",
        firstName=None,
        lastName=None,
        email=None,
        phone=None,
        note=None,
        tags=[],
        locale="ar",
        taxExempt=False,
        taxExemptions=[],
        state="DISABLED",
        verifiedEmail=True,
        _addresses=[],
    )
    row.update(fields)
    return row
