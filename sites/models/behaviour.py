"""Section 'Integration Behavior' of a site: what is synchronised, and how often."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from sites.choices import AlarmUnit

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


def _minutes(label: _StrOrPromise, default: int) -> models.PositiveIntegerField[int, int]:
    return models.PositiveIntegerField(label, default=default, help_text=_("Minutes; 0 = never by itself."))


class BehaviourSettings(models.Model):
    """Switches, intervals, dry run and pause."""

    send_items_to_magento = models.BooleanField(
        _("send items to the shop"), default=False, help_text=_("Create and update products from ERP items.")
    )
    link_items = models.BooleanField(
        _("link items"),
        default=True,
        help_text=_("Match products of the shop with ERP items by their identity."),
    )
    update_quantities = models.BooleanField(_("update quantities"), default=False)
    update_prices = models.BooleanField(_("update prices"), default=False)
    update_categories = models.BooleanField(_("update categories"), default=False)
    update_order_status = models.BooleanField(
        _("update order status"), default=False, help_text=_("Tell the shop what became of its orders.")
    )
    send_invoices = models.BooleanField(_("send invoices"), default=False)
    read_orders = models.BooleanField(_("read orders"), default=True)
    read_returns = models.BooleanField(_("read returns"), default=False)
    send_customers = models.BooleanField(
        _("send customers"),
        default=False,
        help_text=_(
            "Tell the shop of the customers of the ERP; guests and the default customer are left out."
        ),
    )
    read_customers = models.BooleanField(_("read customers"), default=False)

    dry_run = models.BooleanField(
        _("dry run"), default=False, help_text=_("Compute and show, but write nothing to the shop.")
    )
    paused = models.BooleanField(_("paused"), default=False, editable=False)
    pause_reason = models.CharField(_("reason of the pause"), max_length=500, blank=True, editable=False)
    pause_code = models.CharField(_("code of the pause"), max_length=60, blank=True, editable=False)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True, editable=False)

    orders_interval = _minutes(_("read orders every"), 5)
    returns_interval = _minutes(_("read returns every"), 60)
    quantity_delta_interval = _minutes(_("send changed quantities every"), 5)
    quantity_full_interval = _minutes(_("send all quantities every"), 1440)
    price_delta_interval = _minutes(_("send changed prices every"), 10)
    price_full_interval = _minutes(_("send all prices every"), 1440)
    items_interval = _minutes(_("send items every"), 0)
    customers_interval = _minutes(_("send changed customers every"), 60)
    reconcile_interval = _minutes(_("reconcile every"), 0)
    reconcile_alarm_unit = models.CharField(
        _("alarm of comparisons counts"),
        max_length=7,
        choices=AlarmUnit.choices,
        default=AlarmUnit.COUNT,
        help_text=_("Open differences of one comparison, or their share of all records compared."),
    )
    reconcile_alarm_above = models.DecimalField(
        _("alarm of comparisons above"),
        max_digits=8,
        decimal_places=2,
        default=Decimal("20.00"),
        validators=[MinValueValidator(0)],
        help_text=_(
            "When a comparison finds more than this, one alert is raised; it closes by itself when a later one finds "
            "no more than this. 0 = every difference is an alert."
        ),
    )
    webhook_health_interval = _minutes(_("check webhooks every"), 60)
    silence_alarm = models.BooleanField(
        _("silence alarm"),
        default=True,
        help_text=_(
            "Raise an alert when events or orders stay away for longer than the shop's own rhythm of the last weeks "
            "lets expect. It needs a week to learn."
        ),
    )
    quiet_hours_from = models.TimeField(
        _("full runs only after"),
        null=True,
        blank=True,
        help_text=_("Full runs start only between these two times, in the time zone of the shop."),
    )
    quiet_hours_to = models.TimeField(_("full runs only before"), null=True, blank=True)

    class Meta:
        abstract = True
