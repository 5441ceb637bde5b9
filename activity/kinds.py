"""What people read for the kinds of events."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise

KINDS: Mapping[str, Label] = {
    "customer.erased": _("Personal data of a customer erased"),
    "order.imported": _("Order imported"),
    "order.held": _("Order held"),
    "order.skipped": _("Order skipped"),
    "order.cancelled": _("Order cancelled"),
    "order.updated": _("Documents of an order updated"),
    "order.changed": _("Order changed in the shop"),
    "order.documents": _("Documents"),
    "order.paid": _("Order paid"),
    "order.shipped": _("Order shipped by the shop"),
    "order.reopened": _("Order taken up again in the shop"),
    "order.failed": _("Order failed"),
    "order.reviewed": _("Order reviewed"),
    "order.reread": _("Newest version confirmed"),
    "order.retried": _("Imported again by hand"),
    "order.mapped": _("Mapped by hand"),
    "order.told.status": _("Status told to the shop"),
    "order.told.ship": _("Shipment told to the shop"),
    "order.told.invoice": _("Invoice told to the shop"),
    "order.told.cancel": _("Cancellation told to the shop"),
    "order.told.note": _("ERP number written to the shop"),
    "return.posted": _("Return posted"),
    "return.staged": _("Return staged"),
    "return.held": _("Return held"),
    "return.ignored": _("Return ignored"),
    "return.withdrawn": _("Return withdrawn"),
    "return.changed": _("Return changed in the shop"),
    "return.reviewed": _("Return reviewed"),
    "return.exchanged": _("Exchange made"),
    "price_document.draft": _("Price document back to draft"),
    "price_document.submitted": _("Price document submitted"),
    "price_document.approved": _("Price document approved"),
    "price_document.processing": _("Price document being processed"),
    "price_document.processed": _("Price document processed"),
    "price_document.partly_failed": _("Price document partly failed"),
    "price_document.cancelled": _("Price document cancelled"),
    "site.checked": _("Connection tested"),
    "site.type_changed": _("Site type changed"),
    "site.token": _("Access token received"),
    "site.imported": _("Settings imported"),
    "site.paused": _("Site paused"),
    "site.circuit_open": _("Shop left alone"),
    "site.circuit_closed": _("Shop is back"),
    "site.resumed": _("Site resumed"),
    "problem.assigned": _("Problem assigned"),
    "problem.commented": _("Comment on a problem"),
    "problem.resolved": _("Problem resolved"),
    "problem.retried": _("Tried again"),
    "problems.deleted": _("Resolved problems deleted"),
    "link.made": _("Item linked"),
    "link.removed": _("Link removed"),
    "webhooks.registered": _("Webhooks registered"),
    "webhooks.replayed": _("Webhook events replayed"),
}


def kind_label(kind: str) -> Label:
    """The label, or the kind itself for one that is not known."""
    return KINDS.get(kind, kind)
