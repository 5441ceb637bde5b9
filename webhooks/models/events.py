"""Deliveries as they came, and what became of them."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EventState(models.TextChoices):
    PENDING = "pending", _("pending")
    PROCESSING = "processing", _("processing")
    PROCESSED = "processed", _("processed")
    IGNORED = "ignored", _("ignored")
    FAILED = "failed", _("failed, tried again")
    DEAD = "dead", _("given up")


#: What the next batch may take; the others are history.
WAITING_STATES = (EventState.PENDING, EventState.FAILED)


class WebhookEvent(models.Model):
    """One event of a shop. The same delivery again only counts up, and is processed again if it was done already."""

    # Without an index of its own, which would cost every delivery: rows of a site are found by the constraint below.
    site = models.ForeignKey(
        "ecomsites.Site",
        on_delete=models.CASCADE,
        related_name="webhook_events",
        verbose_name=_("site"),
        db_index=False,
    )
    platform = models.CharField(_("platform"), max_length=40)
    topic = models.CharField(_("topic"), max_length=200, help_text=_("As the shop names it."))
    kind = models.CharField(_("kind"), max_length=40, help_text=_("Our name of it."))
    identity = models.CharField(
        _("identity"), max_length=64, help_text=_("Computed from topic, record and content.")
    )
    delivery_id = models.CharField(
        _("delivery id"),
        max_length=200,
        blank=True,
        help_text=_("Of the shop; several events may share one."),
    )
    resource = models.CharField(_("resource"), max_length=100, blank=True)
    remote_id = models.CharField(_("record id in the shop"), max_length=100, blank=True)
    occurred_at = models.DateTimeField(
        _("occurred at"), help_text=_("The shop's time; where it tells none, the time of receipt.")
    )
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    last_received_at = models.DateTimeField(_("last received at"), default=timezone.now)
    occurrences = models.PositiveIntegerField(_("times received"), default=1)
    counted = models.PositiveIntegerField(default=0, editable=False)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    body = models.BinaryField(_("body"), default=b"")
    state = models.CharField(
        _("state"), max_length=12, choices=EventState.choices, default=EventState.PENDING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    claimed_by = models.CharField(_("claimed by"), max_length=100, blank=True)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)
    result = models.TextField(_("result"), blank=True)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    error_message = models.TextField(_("error"), blank=True)
    critical = models.BooleanField(
        _("critical"), default=False, help_text=_("Taken into a batch before others.")
    )
    actions = models.JSONField(
        _("actions"), default=list, blank=True, help_text=_("What was done, line by line.")
    )
    trace_id = models.CharField(_("trace"), max_length=64, blank=True)
    gateway_mark = models.CharField(
        _("mark of the gateway"),
        max_length=64,
        blank=True,
        default="",
        help_text=_(
            "Which delivery of the gateway this is; fetched again, it is the same event and no new one."
        ),
    )

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ("-received_at", "-id")
        constraints = [models.UniqueConstraint(fields=["site", "identity"], name="webhooks_event_identity")]
        indexes = [
            models.Index(
                fields=["-critical", "occurred_at", "id"],
                condition=models.Q(state__in=["pending", "failed"]),
                name="webhooks_event_waiting",
            ),
            models.Index(
                fields=["claimed_until"],
                condition=models.Q(state="processing"),
                name="webhooks_event_claimed",
            ),
            models.Index(
                fields=["site", "id"],
                condition=models.Q(state="pending"),
                name="webhooks_event_kept",
            ),
            models.Index(fields=["site", "-received_at"], name="webhooks_event_site_time"),
            models.Index(fields=["site", "resource", "remote_id"], name="webhooks_event_record"),
        ]
        permissions = [("replay_webhookevent", _("Can replay webhook events"))]

    def __str__(self) -> str:
        return f"{self.topic} {self.remote_id}".strip()

    @property
    def body_text(self) -> str:
        """The body as text; bytes that are no UTF-8 are replaced."""
        return bytes(self.body).decode("utf-8", errors="replace")

    @property
    def payload(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return json.loads(self.body_text)
        except (ValueError, RecursionError):
            return None


class WebhookCounter(models.Model):
    """What came to the porch of a site on a day, the refused ones included. Without site: addresses nobody has."""

    site = models.ForeignKey(
        "ecomsites.Site",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="webhook_counters",
        verbose_name=_("site"),
    )
    scope = models.PositiveBigIntegerField(default=0, editable=False)
    day = models.DateField(_("day"))
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    duplicates = models.PositiveIntegerField(_("duplicates"), default=0)
    pings = models.PositiveIntegerField(_("pings"), default=0)
    bad_signature = models.PositiveIntegerField(_("bad signature"), default=0)
    unknown_site = models.PositiveIntegerField(_("unknown site"), default=0)
    too_large = models.PositiveIntegerField(_("too large"), default=0)

    class Meta:
        verbose_name = _("webhook counter")
        verbose_name_plural = _("webhook counters")
        ordering = ("-day", "scope")
        constraints = [models.UniqueConstraint(fields=["scope", "day"], name="webhooks_counter_key")]

    def __str__(self) -> str:
        return f"{self.day} · {self.site or '–'}"
