"""The long actions of a site, and how they are asked for and carried out.

The functions live in the apps above; the table names them by dotted path, so that a broken one breaks only
itself. Each is `def action(*, run: RunReporter, site: Site, params: dict) -> None` and may be repeated from
the start at any time: a run whose worker died is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activity.models import Run
from activity.services import start_run
from ecomsync.common.errors import ConfigurationError
from sites.models import Site

Text = str | Promise


@dataclass(frozen=True, slots=True)
class SiteAction:
    """A long action: what staff read, where it lives, who may, which lane its calls take."""

    label: Text
    path: str
    permission: str = "ecomsites.read_sales"
    lane: str = "orders"
    needs: str = ""  # capability that the platform must have
    writes: bool = False  # writes to the shop, so a paused site refuses it


PUSH = "ecomsites.push_to_shop"
CONNECT = "ecomsites.manage_connection"
REQUESTS = "ecomsites.manage_requests"

ACTIONS: Mapping[str, SiteAction] = {
    "test_connection": SiteAction(_("Test Connection"), "sites.services.check.run_check", CONNECT),
    "finish_connect": SiteAction(
        _("Connect"), "sites.services.connect.run_finish", CONNECT, needs="connect_by_address"
    ),
    "read_sales": SiteAction(_("Read Sales"), "orders.runs.read_sales", needs="read_orders"),
    "read_sales_from_date": SiteAction(
        _("Read Sales From Date"), "orders.runs.read_sales_from_date", needs="read_orders"
    ),
    "reread_orders": SiteAction(
        _("ReRead Selected Orders"), "orders.runs.reread_orders", needs="read_orders"
    ),
    "compare_orders": SiteAction(
        _("Compare orders with the shop"), "orders.runs.compare_orders", needs="read_orders"
    ),
    "release_orders": SiteAction(_("Try held orders again"), "orders.runs.release_orders"),
    "read_returns": SiteAction(_("Read Returns"), "orders.runs.read_returns", needs="read_returns"),
    "update_all_qtys": SiteAction(
        _("Update All Qtys"),
        "catalog.runs.update_all_quantities",
        PUSH,
        "stock",
        "push_quantities",
        writes=True,
    ),
    "update_all_prices": SiteAction(
        _("Update All Prices"), "pricing.runs.update_all_prices", PUSH, "prices", "push_prices", writes=True
    ),
    "link_items": SiteAction(_("Link Items"), "linking.runs.link_items", PUSH, "products", "push_products"),
    "send_items": SiteAction(
        _("Send Items"), "catalog.runs.send_items", PUSH, "products", "push_products", writes=True
    ),
    "send_categories": SiteAction(
        _("Send Categories"), "catalog.runs.send_categories", PUSH, "products", "push_categories", writes=True
    ),
    "fetch_categories": SiteAction(
        _("Fetch Categories"), "catalog.runs.fetch_categories", PUSH, "products", "push_categories"
    ),
    "send_customers": SiteAction(
        _("Send Customers"), "linking.runs.send_customers", PUSH, "products", "push_customers", writes=True
    ),
    "register_webhooks": SiteAction(
        _("Register Webhooks"),
        "webhooks.runs.register_webhooks",
        CONNECT,
        needs="webhook_registration",
        writes=True,
    ),
    "reconcile": SiteAction(_("Reconcile"), "linking.runs.reconcile", PUSH, "products", "push_quantities"),
    "reconcile_orders": SiteAction(
        _("Reconcile orders"), "orders.runs.reconcile_orders", needs="read_orders"
    ),
    "repair_differences": SiteAction(
        _("Repair differences"),
        "sites.services.repair_differences.repair_differences",
        PUSH,
        "products",
        writes=True,
    ),
    "preview_orders": SiteAction(_("Preview orders"), "orders.runs.preview_orders", needs="read_orders"),
    "preview_quantities": SiteAction(
        _("Preview quantities"), "catalog.runs.preview_quantities", PUSH, "stock", "push_quantities"
    ),
    "preview_prices": SiteAction(
        _("Preview prices"), "pricing.runs.preview_prices", PUSH, "prices", "push_prices"
    ),
    "preview_items": SiteAction(
        _("Preview items"), "catalog.runs.preview_items", PUSH, "products", "push_products"
    ),
    "preview_categories": SiteAction(
        _("Preview categories"), "catalog.runs.preview_categories", PUSH, "products", "push_categories"
    ),
}


@dataclass(frozen=True, slots=True)
class QueueAction:
    """A quick action on the queue tables: `path(*, site, dry_run, user, **arguments) -> int` of rows."""

    label: Text
    path: str
    question: Text
    arguments: Mapping[str, Any]
    danger: bool = False


_QUEUES = "sync_queues.services.site_actions"
IMMEDIATE: Mapping[str, QueueAction] = {
    "retry_lines": QueueAction(
        _("Retry Selected Lines"),
        f"{_QUEUES}.retry_failed",
        _("%(count)s failed quantity requests will be tried again."),
        {"kind": "qty"},
    ),
    "price_retry_lines": QueueAction(
        _("Price Retry Selected Lines"),
        f"{_QUEUES}.retry_failed",
        _("%(count)s failed price requests will be tried again."),
        {"kind": "price"},
    ),
    "item_retry_lines": QueueAction(
        _("Item Retry Selected Lines"),
        f"{_QUEUES}.retry_failed",
        _("%(count)s failed item requests will be tried again."),
        {"kind": "item"},
    ),
    "delete_finished_requests": QueueAction(
        _("Delete Finished Requests"),
        f"{_QUEUES}.delete_finished",
        _("%(count)s finished quantity requests will be deleted. Unfinished ones stay."),
        {"kind": "qty"},
        danger=True,
    ),
    "delete_finished_price_requests": QueueAction(
        _("Delete Finished Price Requests"),
        f"{_QUEUES}.delete_finished",
        _("%(count)s finished price requests will be deleted. Unfinished ones stay."),
        {"kind": "price"},
        danger=True,
    ),
    "delete_finished_item_requests": QueueAction(
        _("Delete Finished Item Requests"),
        f"{_QUEUES}.delete_finished",
        _("%(count)s finished item requests will be deleted. Unfinished ones stay."),
        {"kind": "item"},
        danger=True,
    ),
    "delete_item_entries": QueueAction(
        _("Delete Item Entries"),
        f"{_QUEUES}.delete_requests",
        _("%(count)s item requests will be deleted, waiting ones too. Changes they stand for are not sent."),
        {"kind": "item"},
        danger=True,
    ),
    "delete_requests": QueueAction(
        _("Delete Requests"),
        f"{_QUEUES}.delete_requests",
        _(
            "%(count)s requests of all kinds will be deleted, waiting ones too. Changes they stand for are not sent."
        ),
        {"kind": None},
        danger=True,
    ),
    "delete_error": QueueAction(
        _("Delete Error"),
        "sites.services.problems.delete_resolved",
        _("%(count)s resolved problems will be deleted. Open ones stay."),
        {},
        danger=True,
    ),
}


def load(path: str) -> Callable[..., Any]:
    """The function behind a dotted path. Raises ConfigurationError that names it."""
    module, _dot, name = path.rpartition(".")
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except (ImportError, AttributeError) as err:
        raise ConfigurationError(
            f"'{path}' cannot be loaded: {err}.", code="broken_action", cure="Reinstall ecomsync completely."
        ) from err
    return found


def refusal(site: Site, name: str) -> Text:
    """Why an action cannot be started on a site now; "" when it can."""
    action = ACTIONS[name]
    if action.needs and not getattr(site.capabilities, action.needs):
        return _("The platform of this site cannot do this.")
    if not site.active:
        return _("The site is inactive. Activate it first.")
    if site.paused and name not in ("test_connection", "finish_connect"):
        return _("The site is paused. Resume it first.")
    return ""


def request_run(
    *,
    site: Site,
    action: str,
    params: Mapping[str, Any] | None = None,
    user: AbstractBaseUser | AnonymousUser | None = None,
) -> Run:
    """Ask for a long action. The same action that still waits with the same parameters is not asked for twice.

    The caller is a door: it publishes `sites.tasks.execute_waiting_runs` after commit, or beat finds the row.
    """
    chosen = dict(params or {})
    with transaction.atomic():
        Site.objects.select_for_update().only("pk").get(pk=site.pk)
        waiting = Run.objects.filter(site_code=site.code, action=action, state=Run.State.QUEUED)
        for run in waiting:
            if run.params == chosen:
                return run
        with translation.override("en"):  # stored texts are English, pages show them in the reader's language
            title = str(ACTIONS[action].label)
        return start_run(site_code=site.code, action=action, params=chosen, user=user, title=title)
