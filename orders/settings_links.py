"""Where a reason is cured: the very field, table or record, with what is known filled in.

The page of the site opens the tab of the field or table that the anchor names, and points at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import NoReverseMatch, reverse

from erp.models import Currency, Customer, Item

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a link is asked for: the reason, the site, what it concerns, and the figures of the reason."""

    code: str
    site_id: int
    subject: str = ""
    params: Params | None = None

    def param(self, name: str) -> str:
        return str((self.params or {}).get(name, "") or "")


Place = Callable[[Wanted], str]


def settings_link(code: str, *, site_id: int, subject: str = "", params: Params | None = None) -> str:
    """Address of the place where the reason is cured; the site's page for one that has no place of its own."""
    wanted = Wanted(code, site_id, subject, params)
    place = PLACES.get(code)
    return (place(wanted) if place else "") or _site_page(wanted)


def _address(name: str, *args: object, anchor: str = "", **query: object) -> str:
    try:
        found = reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return ""  # the page belongs to another app, whose admin may be left out
    told = {key: value for key, value in query.items() if value not in ("", None)}
    return found + (f"?{urlencode(told)}" if told else "") + (f"#{anchor}" if anchor else "")


def _site_page(wanted: Wanted, anchor: str = "") -> str:
    return _address("ecomsites_site_change", wanted.site_id, anchor=anchor)


def field(name: str, tab: str = "orders") -> Place:
    """A field of the site's page."""
    return lambda wanted: _site_page(wanted, f"{tab}/id_{name}")


def table(name: str, tab: str = "orders") -> Place:
    """A table of the site's page."""
    return lambda wanted: _site_page(wanted, f"{tab}/{name}-group")


def method(kind: str) -> Place:
    """The page that maps one method of the shop and imports what waits for it."""

    def place(wanted: Wanted) -> str:
        subject = wanted.subject if wanted.subject and ", " not in wanted.subject else ""
        return _address("orders_order_map_method", wanted.site_id, kind, code=subject)

    return place


def record(model: type[models.Model], column: str = "code", anchor: str = "") -> Place:
    """The record that the reason concerns, else the list searched for it."""

    def place(wanted: Wanted) -> str:
        page = f"{model._meta.app_label}_{model._meta.model_name}"
        found = model._default_manager.filter(**{column: wanted.subject}).values_list("pk", flat=True)
        key = found.first() if wanted.subject else None
        if key is not None:
            return _address(f"{page}_change", key, anchor=anchor)
        return _address(f"{page}_changelist", q=wanted.subject)

    return place


def listing(page: str, *, search: bool = True) -> Place:
    """A list, searched for what the reason concerns."""
    return lambda wanted: _address(f"{page}_changelist", q=wanted.subject if search else "")


def _linker(wanted: Wanted) -> str:
    """The lines of this site that look like the product; nothing found there means that it must be linked anew."""
    words = wanted.subject if len(wanted.subject) <= 200 else ""
    return _address("linking_itemlinkerline_changelist", site__id__exact=wanted.site_id, q=words)


def _exchange_rate(wanted: Wanted) -> str:
    """A new rate for the currency that is valid on the day of the order; first the currency when it is unknown."""
    code = wanted.subject.upper()[:3]
    key = Currency.objects.filter(code=code).values_list("pk", flat=True).first()
    if key is None:
        return _address("erp_currency_add", code=code)
    return _address("erp_exchangerate_add", currency=key, date=wanted.param("day"))


def _accounting_rule(wanted: Wanted) -> str:
    return _address("erp_accountingrule_add", event=wanted.subject)


PLACES: Mapping[str, Place] = {
    # mappings of the site
    "unmapped_payment": method("payment"),
    "unmapped_shipping": method("shipping"),
    "no_document_rule": table("document_generation_info_lines"),
    "invalid_rule": table("document_generation_info_lines"),
    "missing_mapping": field("order_import_policy"),
    "unknown_sku": _linker,
    "not_linked": _linker,
    "unknown_item": _linker,
    # settings of the site
    "total_mismatch": field("total_difference_policy"),
    "tax_mismatch": field("tax_source"),
    "missing_tax_plan": field("tax_plan"),
    "unknown_customer": field("create_customer_if_not_exist"),
    "missing_default_customer": field("default_customer"),
    "ambiguous_customer": listing("erp_customer"),
    "waiting_payment": field("order_import_policy"),
    "missing_discount_item": field("discount_item"),
    "missing_fee_item": field("fee_item"),
    "missing_substitute_item": field("substitute_item"),
    "order_changed": field("order_changed_policy"),
    "cancelled_after_posting": field("cancel_policy"),
    "order_reopened": field("reopened_policy"),
    "removed_after_delivery": listing("erp_salesreturn"),
    "payment_short": table("payment_methods"),
    "shipment_not_taken": listing("erp_delivery"),
    "return_without_order": field("create_invoice_for_returns_if_invoice_not_found"),
    "invoice_not_found": field("create_invoice_for_returns_if_invoice_not_found"),
    "refund_exceeds_order": field("return_policy"),
    "refund_exceeds_paid": table("payment_methods"),
    "customer_of_others": listing("erp_customer"),
    "order_not_confirmed": listing("erp_salesorder"),
    "refund_currency": field("return_policy"),
    "refund_below_lines": field("total_difference_policy"),
    "return_changed": field("return_policy"),
    "return_withdrawn": field("return_policy"),
    "no_currency": field("currency", "connection"),
    "no_legal_entity": field("legal_entity", "connection"),
    "no_tax_number": listing("erp_legalentity", search=False),
    "pdf_unavailable": listing("erp_salesinvoice"),
    "link_ended": listing("erp_salesinvoice", search=False),
    "no_warehouse": lambda wanted: _address("erp_warehouse_add"),
    "nothing_to_deliver": table("document_generation_info_lines"),
    "nothing_to_credit": field("return_policy"),
    "nothing_to_invoice": table("document_generation_info_lines"),
    "bad_amount": table("payment_methods"),
    "bad_allocation": listing("erp_receipt"),
    "bad_credentials": lambda wanted: _site_page(wanted, "connection"),
    "missing_permission": lambda wanted: _site_page(wanted, "connection"),
    "configuration": _site_page,
    "missing_exchange_rate": _exchange_rate,
    # the order itself: it is corrected in the shop, its status decides whether it is read
    "invalid_order": field("remote_statuses_to_import"),
    "invalid_payload": field("remote_statuses_to_import"),
    "empty_order": field("remote_statuses_to_import"),
    "negative_total": field("put_coupon_discount_to"),
    # records of the ERP
    "customer_blocked": record(Customer, anchor="id_blocked"),
    "customer_refused": record(Customer),
    "customer_busy": record(Customer),
    "credit_limit": record(Customer, anchor="id_credit_limit"),
    "stock_shortage": listing("erp_stockbalance"),
    "not_sellable": record(Item),
    "not_stocked": record(Item),
    "unknown_unit": record(Item),
    "empty_kit": record(Item),
    "bad_quantity": record(Item),
    "duplicate_mismatch": listing("erp_salesorder"),
    "illegal_state": listing("erp_salesorder"),
    "quantity_exceeded": listing("erp_salesorder"),
    "amount_exceeded": listing("erp_receipt"),
    "credit_exceeds_invoice": listing("erp_salesinvoice"),
    "period_locked": listing("erp_periodlock", search=False),
    "missing_accounting_rule": _accounting_rule,
    "entry_unbalanced": listing("erp_accountingrule", search=False),
    # inside this system
    "internal": listing("activity_event", search=False),
    "permanent": listing("activity_siteerror", search=False),
}
