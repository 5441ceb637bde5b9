"""A customer changed in the shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from erp.customer_keys import normalise_email, normalise_phone, plain_text
from erp.inputs import CustomerInput
from erp.models import CustomerType
from erp.selectors.customer_match import EMAIL, EXTERNAL_ID, Buyer, match_customer
from erp.services.customers import update_customer as take_over
from sites.models import Site
from webhooks.services.calls import Call


def update_customer(call: Call) -> Callable[[], str]:
    """Copy name, e-mail and phone to the customer of ours, if the site updates customers.

    The contract has no way to ask for one customer, so the signed content of the event is taken.
    """
    if not call.site.update_customer_if_exist:
        return lambda: "The site does not update customers."
    return lambda: _update(call)


def _update(call: Call) -> str:
    """By the id of the shop, else by an e-mail address that one customer alone has."""
    data = _customer(call.site, call.payload)
    buyer = Buyer(
        system=call.site.code, external_id=call.event.remote_id, email=data.email, mobile=data.mobile
    )
    customer = match_customer(match_by=[EXTERNAL_ID, EMAIL], buyer=buyer).customer
    if customer is None:
        return "No customer of ours is this one; the next order brings it."
    changed = take_over(customer=customer, data=data)
    return f"Customer {customer.code}: {'updated' if changed else 'nothing changed'}."


def _customer(site: Site, payload: Mapping[str, Any]) -> CustomerInput:
    billing = payload.get("billing")
    address = billing if isinstance(billing, dict) else {}
    first, last = _text(payload.get("first_name")), _text(payload.get("last_name"))
    company = _text(address.get("company"))
    phone = _text(payload.get("phone") or address.get("phone"))
    return CustomerInput(
        name1=company or first,
        name2="" if company else last,
        customer_type=CustomerType.COMPANY if company else CustomerType.INDIVIDUAL,
        email=normalise_email(_text(payload.get("email"))),
        phone=phone,
        mobile=normalise_phone(phone, _text(address.get("country"))) if phone else "",
        country=_text(address.get("country"))[:2],
    )


def _text(value: Any) -> str:
    return plain_text(str(value or ""))
