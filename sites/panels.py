"""Facts about a site that live in tables above it: what waits, what failed, whether the set-up is complete.

The tables are named by label and read in bulk: a page of sites costs one statement per row of `BACKLOG`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Count
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activity.models import Run, SiteError
from sites.models import Site

Text = str | Promise


@dataclass(frozen=True, slots=True)
class CountedRows:
    """Rows of a table above that are worth a figure. `by_code`: the table knows the site only by its code."""

    key: str
    label: Text
    model: str
    where: Mapping[str, Any]
    tone: str
    by_code: bool = False


BACKLOG: tuple[CountedRows, ...] = (
    CountedRows(
        "qty_waiting", _("Quantities waiting"), "sync_queues.UpdateQtyRequest", {"state": "pending"}, "info"
    ),
    CountedRows(
        "qty_failed",
        _("Quantities failed"),
        "sync_queues.UpdateQtyRequest",
        {"state__in": ("failed", "dead")},
        "bad",
    ),
    CountedRows(
        "price_waiting", _("Prices waiting"), "sync_queues.UpdatePriceRequest", {"state": "pending"}, "info"
    ),
    CountedRows(
        "price_failed",
        _("Prices failed"),
        "sync_queues.UpdatePriceRequest",
        {"state__in": ("failed", "dead")},
        "bad",
    ),
    CountedRows(
        "item_waiting", _("Items waiting"), "sync_queues.UpdateItemRequest", {"state": "pending"}, "info"
    ),
    CountedRows(
        "item_failed",
        _("Items failed"),
        "sync_queues.UpdateItemRequest",
        {"state__in": ("failed", "dead")},
        "bad",
    ),
    CountedRows("orders_held", _("Orders held"), "orders.Order", {"state": "held"}, "warn"),
    CountedRows("orders_failed", _("Orders failed"), "orders.Order", {"state": "failed"}, "bad"),
    CountedRows("events_waiting", _("Events waiting"), "webhooks.WebhookEvent", {"state": "pending"}, "info"),
    CountedRows(
        "differences", _("Differences open"), "activity.Difference", {"state": "open"}, "warn", by_code=True
    ),
    CountedRows("problems", _("Open problems"), "activity.SiteError", {"state": "open"}, "bad", by_code=True),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a site, with the list it counts."""

    key: str
    label: Text
    count: int
    tone: str
    url: str


def _model(label: str) -> Any | None:
    """The table, or None in an installation without that app."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None


def missing_tables() -> list[str]:
    """Labels and columns in the tables here that do not exist; for the system check."""
    wrong: list[str] = []
    for row in BACKLOG:
        if not apps.is_installed(row.model.partition(".")[0]):
            continue
        model = _model(row.model)
        if model is None:
            wrong.append(row.model)
            continue
        for name in ("site_code" if row.by_code else "site", *(key.split("__")[0] for key in row.where)):
            try:
                model._meta.get_field(name)
            except FieldDoesNotExist:
                wrong.append(f"{row.model}.{name}")
    return wrong


def backlog(sites: Sequence[Site]) -> dict[int, list[Figure]]:
    """The figures of all these sites, one statement per figure whatever their number. Zeros are left out."""
    found: dict[int, list[Figure]] = {site.pk: [] for site in sites}
    by_code = {site.code: site.pk for site in sites}
    for row in BACKLOG:
        model = _model(row.model)
        if model is None:
            continue
        column, values = ("site_code", list(by_code)) if row.by_code else ("site_id", list(found))
        counted = model.objects.filter(**{f"{column}__in": values}, **row.where).order_by()
        for value, number in counted.values_list(column).annotate(number=Count("pk")):
            key = by_code[value] if row.by_code else value
            found[key].append(Figure(row.key, row.label, number, row.tone, list_url(row, value)))
    return found


def list_url(row: CountedRows, value: object) -> str:
    """The list behind a figure, filtered to the site and the states counted."""
    app_label, _dot, name = row.model.lower().partition(".")
    try:
        address = reverse(f"admin:{app_label}_{name}_changelist")
    except NoReverseMatch:
        return ""
    column = "site_code__exact" if row.by_code else "site__id__exact"
    query = [f"{column}={value}"]
    for key, wanted in row.where.items():
        lookup = key if "__" in key else f"{key}__exact"
        query.append(f"{lookup}={','.join(wanted) if isinstance(wanted, tuple) else wanted}")
    return f"{address}?{'&'.join(query)}"


def exists(label: str, **where: Any) -> bool:
    """Whether a table above has such a row."""
    model = _model(label)
    return bool(model is not None and model.objects.filter(**where).exists())


def has_orders(site: Site) -> bool:
    """Once orders were read, the site type is fixed."""
    return exists("orders.Order", site_id=site.pk)


# ---------------------------------------------------------------- set-up checklist (appendix E of the documents)


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line of the checklist. done is None when the platform has no such thing."""

    label: Text
    done: bool | None
    hint: Text = ""
    tab: str = field(default="")


def checklist(site: Site) -> list[CheckItem]:
    """Ticks itself from what is stored; nothing is asked of the shop."""
    can = site.capabilities
    required = [entry for entry in site.adapter_class.credential_fields if entry.required]
    can_read, can_push = can.read_orders, can.push_quantities or can.push_products
    return [
        CheckItem(
            _("E-commerce platform API credentials obtained"),
            all(site.credential(entry.name) for entry in required),
            _("Enter the credentials."),
            "connection",
        ),
        CheckItem(
            _("Site record created and configured"),
            bool(site.url and site.currency and site.time_zone),
            _("Enter currency and time zone, or let ‘Test Connection’ read them."),
            "connection",
        ),
        CheckItem(
            _("Authentication tested"), bool(site.last_check_ok), _("Press ‘Test Connection’."), "connection"
        ),
        CheckItem(
            _("Webhook URL registered"),
            _webhooks_registered(site) if can.webhooks else None,
            _("Press ‘Register Webhooks’."),
            "webhook",
        ),
        CheckItem(
            _("Payment methods mapped"),
            site.payment_methods.filter(active=True).exists() if can_read else None,
            _("Add a line for each payment method of the shop."),
            "orders",
        ),
        CheckItem(
            _("Shipping methods configured"),
            site.shipping_items.filter(active=True).exists() if can_read else None,
            _("Add a line for each shipping method of the shop."),
            "orders",
        ),
        CheckItem(
            _("Warehouses mapped"),
            bool(site.default_warehouse_id) or site.ecommerce_warehouse_lines.filter(active=True).exists(),
            _("Choose a default warehouse, or add warehouse lines."),
            "inventory",
        ),
        CheckItem(
            _("Test order successfully imported"),
            exists("orders.Order", site_id=site.pk, state="imported") if can_read else None,
            _("Press ‘Read Sales’."),
            "orders",
        ),
        CheckItem(
            _("Test product successfully synchronized"),
            _something_sent(site) if can_push else None,
            _("Press ‘Link Items’, then ‘Update All Qtys’."),
            "products",
        ),
    ]


def _webhooks_registered(site: Site) -> bool:
    if site.last_webhook_read_at or exists("webhooks.WebhookEvent", site_id=site.pk):
        return True
    return Run.objects.filter(
        site_code=site.code, action="register_webhooks", state=Run.State.FINISHED, failed=0
    ).exists()


def _something_sent(site: Site) -> bool:
    kinds = ("UpdateQtyRequest", "UpdateItemRequest", "UpdatePriceRequest")
    return any(exists(f"sync_queues.{kind}", site_id=site.pk, state="completed") for kind in kinds)


def open_problems(site: Site) -> int:
    return SiteError.objects.filter(site_code=site.code, state=SiteError.State.OPEN).count()
