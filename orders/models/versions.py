"""Earlier versions of an order as the shop sent them, and differences shown before they are taken over."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from orders.states import OrderSource


class OrderVersion(models.Model):
    """A payload that a newer one has replaced; the newest stands on the order itself."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="versions", verbose_name=_("order")
    )
    raw: models.JSONField[Any, Any] = models.JSONField(_("payload of the shop"), default=dict, blank=True)
    raw_hash = models.CharField(_("payload hash"), max_length=64, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=OrderSource.choices, blank=True)
    status_remote = models.CharField(_("shop status"), max_length=100, blank=True)
    updated_remote = models.DateTimeField(_("changed in the shop at"), null=True, blank=True)
    seen_at = models.DateTimeField(_("taken over at"), null=True, blank=True)
    trace_id = models.CharField(_("trace"), max_length=64, blank=True)
    replaced_at = models.DateTimeField(_("replaced at"), auto_now_add=True)

    class Meta:
        verbose_name = _("earlier version of an order")
        verbose_name_plural = _("earlier versions of orders")
        ordering = ("id",)
        indexes = [models.Index(fields=["replaced_at"], name="orders_version_replaced")]

    def __str__(self) -> str:
        return f"{self.order} · {self.raw_hash[:8]}"


class OrderComparison(models.Model):
    """What the shop shows of an order now beside what we hold, and what taking it over would do. Goes with its run."""

    run = models.ForeignKey("activity.Run", on_delete=models.CASCADE, related_name="+", verbose_name=_("run"))
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("order")
    )
    remote_id = models.CharField(_("shop id"), max_length=100)
    number = models.CharField(_("shop number"), max_length=100, blank=True)
    raw_hash = models.CharField(_("payload hash"), max_length=64, blank=True)
    differs = models.BooleanField(_("differs"), default=False)
    outcome = models.CharField(_("outcome"), max_length=20, blank=True)
    content: models.JSONField[Any, Any] = models.JSONField(_("content"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    asked_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("difference of an order")
        verbose_name_plural = _("differences of orders")
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["run", "remote_id"], name="orders_comparison_once")]

    def __str__(self) -> str:
        return f"#{self.number or self.remote_id}"
