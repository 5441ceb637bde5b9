"""What hangs on an order: why it is held, which documents came of it, what must go back to the shop."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import TimeStamped
from orders.models.order import Order
from orders.states import OutboxKind, OutboxState


class OrderHold(models.Model):
    """One reason why an order waits. Released, not deleted, so that the story stays complete."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="holds", verbose_name=_("order"))
    code = models.CharField(_("reason"), max_length=60, db_index=True)
    subject = models.CharField(
        _("concerns"), max_length=255, blank=True, help_text=_("The SKU, payment code or the like.")
    )
    params = models.JSONField(_("details"), default=dict, blank=True)
    created_at = models.DateTimeField(_("held at"), auto_now_add=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["order", "code", "subject"],
                condition=models.Q(released_at__isnull=True),
                name="orders_hold_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["code", "subject"],
                name="orders_hold_subject",
                condition=models.Q(released_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}".strip()


class OrderDocument(models.Model):
    """A document of the ERP that came of an order."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="documents", verbose_name=_("order")
    )
    document_type = models.CharField(_("document type"), max_length=30)
    object_id = models.PositiveBigIntegerField(_("document id"))
    number = models.CharField(_("number"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("document of an order")
        verbose_name_plural = _("documents of orders")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["document_type", "object_id"], name="orders_document_object"),
        ]

    def __str__(self) -> str:
        return f"{self.document_type} {self.number or self.object_id}"


class OrderOutbox(TimeStamped):
    """A message that must reach the shop: a status, a shipment, an invoice."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="outbox", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=10, choices=OutboxKind.choices)
    payload = models.JSONField(_("content"), default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=OutboxState.choices, default=OutboxState.PENDING
    )
    dedupe_key = models.CharField(_("key"), max_length=200, unique=True)
    echo_status = models.CharField(
        _("status set by us"),
        max_length=100,
        blank=True,
        help_text=_(
            "What the shop answers afterwards; the change that our own write causes is recognised by it."
        ),
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    claimed_by = models.CharField(_("claimed by"), max_length=100, blank=True)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    first_attempt_at = models.DateTimeField(_("first attempt at"), null=True, blank=True)
    last_attempt_at = models.DateTimeField(_("last attempt at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    error_class = models.CharField(_("error class"), max_length=20, blank=True)
    error_code = models.CharField(_("error code"), max_length=60, blank=True)
    error_message = models.TextField(_("error"), blank=True)
    remedy = models.TextField(_("remedy"), blank=True)
    trace_id = models.CharField(_("trace"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("message to the shop")
        verbose_name_plural = _("messages to the shop")
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                name="orders_outbox_due",
                condition=models.Q(state__in=["pending", "processing"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.echo_status}".strip()
