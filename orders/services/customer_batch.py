"""Customers of many orders at once: the choices of `choose_customer`, with one lock and a handful of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from erp.models import Customer
from erp.selectors.customer_match import LoadedCustomers
from erp.services.customers import create_customers
from orders.services.context import ImportContext
from orders.services.customers import (
    CustomerChoice,
    Purchaser,
    decide_customer,
    lock_keys,
    locked_keys_of,
    new_customer_of,
    purchaser_of,
    settle_customer,
)
from orders.services.plan import OrderPlan
from platforms.types import RemoteOrder


def choose_together(plans: Sequence[OrderPlan], context: ImportContext) -> list[CustomerChoice | None]:
    """The choice of each plan in its order; None with a hold. Customers that were missing are made on the way.

    A buyer who shares a key with one that is about to be made waits until that one stands, and is looked for then.
    """
    site = context.site
    buyers = [purchaser_of(plan.remote, context) for plan in plans]
    lock_keys(key for buyer in buyers for key in locked_keys_of(buyer, site))
    known = LoadedCustomers([entry.buyer for entry in buyers])
    choices: list[CustomerChoice | None] = [None] * len(plans)
    open_places = list(range(len(plans)))
    while open_places:
        open_places = _choose(plans, buyers, open_places, choices, known, context)
    return choices


def settle_together(
    choices: Sequence[tuple[CustomerChoice, RemoteOrder]], context: ImportContext
) -> list[Customer]:
    """The customers of the documents; those that exist are updated where the site wants that."""
    return [settle_customer(choice, remote, context) for choice, remote in choices]


def _choose(
    plans: Sequence[OrderPlan],
    buyers: Sequence[Purchaser],
    places: Sequence[int],
    choices: list[CustomerChoice | None],
    known: LoadedCustomers,
    context: ImportContext,
) -> list[int]:
    """One round: decide for those who depend on nobody else, make the new ones, answer those who wait."""
    new: list[int] = []
    waiting: list[int] = []
    taken: set[str] = set()
    for place in places:
        keys = locked_keys_of(buyers[place], context.site)
        if taken.intersection(keys):
            waiting.append(place)
            taken.update(keys)
            continue
        choice = decide_customer(plans[place], context, buyers[place], known)
        choices[place] = choice
        if choice is not None and (choice.customer is None or choice.link):
            new.append(place)
            taken.update(keys)
    _make([(place, plans[place].remote) for place in new], choices, known, context)
    return waiting


def _make(
    new: Sequence[tuple[int, RemoteOrder]],
    choices: list[CustomerChoice | None],
    known: LoadedCustomers,
    context: ImportContext,
) -> None:
    entries = [(place, remote, choice) for place, remote in new if (choice := choices[place]) is not None]
    missing = [entry for entry in entries if entry[2].customer is None]
    made = create_customers(
        wanted=[new_customer_of(choice, remote, context) for _, remote, choice in missing]
    )
    for (place, remote, choice), customer in zip(missing, made, strict=True):
        choices[place] = replace(choice, customer=customer, is_settled=True)
        _note(known, customer, choice, remote, context)
    for place, remote, choice in entries:
        if choice.customer is not None:
            settle_customer(choice, remote, context)
            choices[place] = replace(choice, is_settled=True)
            _note(known, choice.customer, choice, remote, context)


def _note(
    known: LoadedCustomers,
    customer: Customer,
    choice: CustomerChoice,
    remote: RemoteOrder,
    context: ImportContext,
) -> None:
    external_id = new_customer_of(choice, remote, context).external_id if choice.link else ""
    known.add(customer, system=context.site.code if external_id else "", external_id=external_id)
