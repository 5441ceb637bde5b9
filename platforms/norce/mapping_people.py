"""Norce's parties -> addresses and the buyer. Pure functions; a party is a company, a person, or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platforms.norce.fields import field, rows, text
from platforms.types import RemoteAddress, RemoteCustomer

#: As the receiver gets them, and as Query names them.
PARTIES = (("SellTo", "Buyer"), ("BillTo", "Payer"), ("ShipTo",))


def party_of(payload: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    value = field(payload, *names)
    return value if isinstance(value, Mapping) else {}


def address_of(party: Mapping[str, Any]) -> RemoteAddress:
    person, company = party_of(party, "Person"), party_of(party, "Company")
    address = party_of(person, "Address") or next(iter(rows(company, "Addresses")), {})
    care_of, second = text(address, "CareOf"), text(address, "Line2", "AddressLine2")
    return RemoteAddress(
        first_name=text(person, "FirstName"),
        last_name=text(person, "LastName"),
        company=text(company, "Name"),
        line1=text(address, "Line1", "AddressLine1"),
        line2=" ".join(filter(None, (f"c/o {care_of}" if care_of else "", second))),
        city=text(address, "City"),
        region=text(address, "Region"),
        postal_code=text(address, "ZipCode", "Zip"),
        country=text(address, "Country", "CountryCode").upper(),
        phone=_phone(person) or text(address, "ShippingPhoneNumber") or text(company, "Phone"),
        email=text(person, "Email", "EmailAddress") or text(company, "Email"),
    )


def _phone(person: Mapping[str, Any]) -> str:
    return text(person, "CellPhone") or text(person, "WorkPhone") or text(person, "PrivatePhone")


def customer_of(party: Mapping[str, Any]) -> RemoteCustomer:
    person, company = party_of(party, "Person"), party_of(party, "Company")
    code = text(person, "CustomerCode") or text(company, "Code")
    return RemoteCustomer(
        remote_id=code,
        email=text(person, "Email", "EmailAddress") or text(company, "Email"),
        first_name=text(person, "FirstName"),
        last_name=text(person, "LastName"),
        company=text(company, "Name"),
        phone=_phone(person) or text(company, "Phone"),
        tax_number=text(company, "VatNo").replace(" ", ""),
        is_guest=not code,
    )
