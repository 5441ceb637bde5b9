"""Titles and cures of the error codes that this app writes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ecomsync.common.remedies import register
from webhooks.services.privacy import DATA_REQUESTED, SHOP_ERASURE


def register_all() -> None:
    """Add our codes to the table; called once when the app starts."""
    register(
        "error_body",
        _("The shop sent an error instead of the record"),
        _("Nothing to do: the record was gone when the shop sent it; polling reads what is there."),
    )
    register(
        "hook_refused",
        _("The user of the shop who made the webhooks is gone or lost his rights"),
        _(
            "Run 'Register Webhooks': it makes them again with the present key. Polling reads what was not sent."
        ),
    )
    register(
        "webhook_worker_died",
        _("The worker died several times while it worked on this event"),
        _("Look at the log for this trace, then replay the event from the inbox."),
    )
    register(
        "bad_event_line",
        _("An event action line of the site cannot be used"),
        _("Correct the line that the message names, then replay the event."),
    )
    register(
        "graphql_not_supported",
        _("The platform has no GraphQL"),
        _("Remove the line, or use 'call URL' instead."),
    )
    register(
        "url_refused",
        _("The called address did not accept the event"),
        _("Look at the answer in the related requests; the event is tried again by itself."),
    )
    register(
        DATA_REQUESTED,
        _("A buyer asks which data of his are kept"),
        _(
            "Open the event, press 'Export personal data' and hand the file to the buyer, within 30 days of the request. "
            "The export closes this."
        ),
    )
    register(
        SHOP_ERASURE,
        _("The shop asks to erase the data of all of its buyers"),
        _(
            "The app was taken out of the shop. Open the event and press 'Erase all buyers', within 30 days; or install the "
            "app again and resolve this, if the shop goes on."
        ),
    )
    register(
        "customer_of_others",
        _("A customer who is to be erased buys in another shop too"),
        _(
            "If he is to be forgotten everywhere, press 'Erase personal data' on his page; then replay the event."
        ),
    )
    register(
        "gateway_unreachable",
        _("Events cannot be fetched from a webhook gateway"),
        _(
            "Look whether the gateway is up and can be reached from here. It keeps the events until they are fetched."
        ),
    )
    register(
        "gateway_refused_site",
        _("The webhook gateway does not take this site"),
        _("Do what the message says; the site is told to the gateway again by itself."),
    )
    register(
        "gateway_backlog",
        _("Events wait on this gateway and nobody fetches them"),
        _("Look whether the inner installation is up and can reach this host; nothing is lost meanwhile."),
    )
    register(
        "no_gateway",
        _("There is no webhook gateway at this address"),
        _("Set ROLE=gateway on that host, or correct the gateway URL."),
    )
    register(
        "webhook_silence",
        _("The shop sends no events any more"),
        _(
            "Look whether the shop is up and its webhooks are active (for WooCommerce also whether WP-Cron runs); orders "
            "are polled meanwhile. The alert closes with the next event."
        ),
    )
    register(
        "order_silence",
        _("No orders come from the shop any more"),
        _(
            "Place a test order in the shop: its checkout or payment may be broken. The alert closes with the next order."
        ),
    )
    register(
        "gateway_bad_event",
        _("An event on the webhook gateway cannot be read"),
        _("Run the same release on the gateway and here; it is kept there and fetched again by itself."),
    )
