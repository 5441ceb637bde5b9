"""Mutations of customers: upserted by id, e-mail, phone or a custom id."""

import re

from sandbox.shopify.buyers import address_row, new_customer
from sandbox.shopify.calls import Call, Row, mutates, refuse
from sandbox.shopify.fields_parties import find_customer
from sandbox.shopify.mutate_texts import write_metafields

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?\d{6,15}")


def _check(call: Call, given: Row, own: str | None) -> None:
    email, phone = given.get("email"), given.get("phone")
    if email and not _EMAIL.fullmatch(email):
        raise refuse(["input", "email"], "Email is invalid", "INVALID")
    if phone and not _PHONE.fullmatch(re.sub(r"[\s()-]", "", phone)):
        raise refuse(["input", "phone"], "Phone is invalid", "INVALID")
    for row in call.store.rows("Customer"):
        if row["id"] == own:
            continue
        if email and row["email"] == email:
            raise refuse(["input", "email"], "Email has already been taken", "TAKEN")
        if phone and row["phone"] == phone:
            raise refuse(["input", "phone"], "Phone has already been taken", "TAKEN")


def _write(call: Call, row: Row, given: Row) -> None:
    for name in ("firstName", "lastName", "email", "phone", "locale", "note", "taxExempt"):
        if name in given:
            row[name] = given[name]
    if given.get("tags") is not None:
        row["tags"] = sorted(given["tags"])
    if given.get("taxExemptions") is not None:
        row["taxExemptions"] = given["taxExemptions"]
    if given.get("addresses") is not None:
        row["_addresses"] = [_address(call, a) for a in given["addresses"]]
    write_metafields(call, row["id"], "CUSTOMER", given.get("metafields") or [], ["input", "metafields"])
    call.store.touch(row)


def _address(call: Call, given: Row) -> Row:
    return address_row(call.store, {k: v for k, v in given.items() if k != "id"})


def _known(given: Row) -> None:
    if not any(given.get(n) for n in ("firstName", "lastName", "email", "phone")):
        raise refuse(None, "A name, phone number, or email address must be present", "INVALID")


@mutates("customerSet", scope="write_customers")
def customer_set(call: Call, args: Row) -> Row:
    given, identifier = args["input"], args.get("identifier")
    if identifier and given.get("id"):
        raise refuse(
            ["input", "id"], "The id field is not allowed if identifier is provided.", "ID_NOT_ALLOWED"
        )
    identifier = identifier or ({"id": given["id"]} if given.get("id") else None)
    found = find_customer(call, identifier) if identifier else None
    if found is None and identifier and identifier.get("id"):
        raise refuse(["input"], "Customer does not exist", "INVALID")
    for name in ("email", "phone"):
        wanted = (identifier or {}).get(name)
        if wanted and given.get(name) and given[name] != wanted:
            raise refuse(
                ["input"],
                f"The identifier value does not match the value of the {name} field.",
                "INPUT_MISMATCH",
            )
    given = (
        {**{n: identifier[n] for n in ("email", "phone") if (identifier or {}).get(n)}, **given}
        if identifier
        else given
    )
    _check(call, given, found["id"] if found else None)
    if found is None:
        _known(given)
    row = found or new_customer(call.store)
    _write(call, row, given)
    call.app.emit("customers/update" if found else "customers/create", row)
    return {"customer": row}


@mutates("customerCreate", scope="write_customers")
def create(call: Call, args: Row) -> Row:
    given = args["input"]
    _known(given)
    _check(call, given, None)
    row = new_customer(call.store)
    _write(call, row, given)
    call.app.emit("customers/create", row)
    return {"customer": row}


@mutates("customerUpdate", scope="write_customers")
def update(call: Call, args: Row) -> Row:
    given = args["input"]
    row = call.store.find(given.get("id"), "Customer")
    if row is None:
        raise refuse(["id"], "Customer does not exist")
    _check(call, given, row["id"])
    _write(call, row, given)
    call.app.emit("customers/update", row)
    return {"customer": row}
