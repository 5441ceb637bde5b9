"""A customer changed in the shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from erp.models import Customer, ExternalReference
from erp.services.customers import normalise_phone
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
    customer = _find(call.site, call.event.remote_id, call.payload)
    if customer is None:
        return "No customer of ours is this one; the next order brings it."
    changed = []
    for name, value in _values(call.payload).items():
        if value and getattr(customer, name) != value:
            setattr(customer, name, value)
            changed.append(name)
    if changed:
        customer.save(update_fields=[*changed, "updated_at"])
    return f"Customer {customer.code}: {', '.join(changed) or 'nothing'} changed."


def _find(site: Site, remote_id: str, payload: Mapping[str, Any]) -> Customer | None:
    """By the id of the shop, else by an e-mail address that one customer alone has."""
    reference = ExternalReference.objects.filter(
        model_label="erp.customer", system=site.code, external_id=remote_id
    ).first()
    if reference is not None:
        return Customer.objects.filter(pk=reference.object_id).first()
    email = str(payload.get("email") or "").strip().lower()
    found = list(Customer.objects.filter(email=email)[:2]) if email else []
    return found[0] if len(found) == 1 else None


def _values(payload: Mapping[str, Any]) -> dict[str, str]:
    billing = payload.get("billing")
    address = billing if isinstance(billing, dict) else {}
    first, last = str(payload.get("first_name") or ""), str(payload.get("last_name") or "")
    phone = str(payload.get("phone") or address.get("phone") or "")
    return {
        "name1": first[:255],
        "name2": last[:255],
        "email": str(payload.get("email") or "").strip().lower()[:254],
        "phone": normalise_phone(phone, str(address.get("country") or "")) if phone else "",
    }
