"""Requests about personal data that come through a shop: erased at once, or put before staff with what they need.

A shop that asks in a buyer's name waits for no more than 30 days. What is erased here is what staff would erase by
'Erase personal data'; a request that cannot be carried out yet stands among the problems and is replayed from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from activity.services import report_error, resolve_errors
from ecomsync.common.admin_display import change_url
from ecomsync.common.remedies import remedy_for
from orders.services.persons import erase_buyers, erase_person, held_of, personal_data
from platforms.types import EventKind, PersonNamed
from sites.services.adapters import open_adapter
from webhooks.models import WebhookEvent
from webhooks.services.calls import Call

DATA_REQUESTED = "personal_data_requested"
SHOP_ERASURE = "shop_erasure_requested"
#: Problems that only staff can close: their events were processed by being put before them.
FOR_STAFF = frozenset({DATA_REQUESTED, SHOP_ERASURE})

TELL_DATA_REQUEST = "tell_data_request"
ERASE_PERSON = "erase_person"
TELL_SHOP_ERASURE = "tell_shop_erasure"
#: What is done unless a line of the site says otherwise.
DEFAULTS: Mapping[str, str] = {
    EventKind.PERSON_ASKS_FOR_DATA: TELL_DATA_REQUEST,
    EventKind.PERSON_TO_ERASE: ERASE_PERSON,
    EventKind.SHOP_TO_ERASE: TELL_SHOP_ERASURE,
}


def tell_data_request(call: Call) -> Callable[[], str]:
    """Staff export what we hold from the page of the event; no copy of it is kept here."""
    person = call.batch.adapter(call.site).person_named(call.payload)

    def apply() -> str:
        if not held_of(site=call.site, person=person):
            return f"Nothing is held of buyer {person.customer_id or '?'}."
        _tell_staff(call, DATA_REQUESTED, f"Buyer {person.customer_id or '?'} asks for his data.")
        return f"The request of buyer {person.customer_id or '?'} is among the problems."

    return apply


def erase_the_person(call: Call) -> Callable[[], str]:
    """The body of the event, which names him too, goes with the rest."""
    person = call.batch.adapter(call.site).person_named(call.payload)

    def apply() -> str:
        erased = erase_person(site=call.site, person=person, actor=f"{call.site.code}: {call.event.topic}")
        WebhookEvent.objects.filter(pk=call.event.pk).update(body=b"{}", headers={})
        if not (erased.customers or erased.orders):
            return f"Nothing is held of buyer {person.customer_id or '?'}."
        told = ", ".join(erased.customers) or "none"
        return f"Erased of buyer {person.customer_id or '?'}: customers {told}, orders {erased.orders}."

    return apply


def tell_shop_erasure(call: Call) -> Callable[[], str]:
    """The app was taken out of the shop. Whether the merchant's own books are to forget all buyers is for staff to say."""

    def apply() -> str:
        _tell_staff(call, SHOP_ERASURE, "The shop asks to erase the data of all of its buyers.")
        return "The request is among the problems."

    return apply


def _tell_staff(call: Call, code: str, message: str) -> None:
    report_error(
        site_code=call.site.code,
        code=code,
        message=message,
        cure=str(remedy_for(code).cure),
        subject=call.event,
        link=change_url("webhooks.webhookevent", call.event.pk),
    )


# ---------------------------------------------------------------- by staff, from the page of the event


def person_of(event: WebhookEvent) -> PersonNamed:
    """Whom a kept event is about."""
    payload = event.payload
    with open_adapter(event.site, patient=False) as adapter:
        return adapter.person_named(payload if isinstance(payload, dict) else {})


def export_data(*, event: WebhookEvent, actor: object) -> dict[str, object]:
    """What we hold of the person who asked; the request is answered with it."""
    found = personal_data(site=event.site, person=person_of(event))
    resolve_errors(site_code=event.site.code, code=DATA_REQUESTED, subject=event, by=str(actor))
    return found


def erase_shop(*, event: WebhookEvent, actor: object) -> tuple[int, dict[str, str]]:
    """Erase all buyers of the shop. How many, and who could not be erased yet; then the request stays open."""
    count, refused = erase_buyers(site=event.site, actor=actor)
    if not refused:
        resolve_errors(site_code=event.site.code, code=SHOP_ERASURE, subject=event, by=str(actor))
    return count, refused
