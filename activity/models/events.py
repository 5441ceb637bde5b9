"""Events and the calls (related requests) made for them."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from activity.kinds import kind_label
from ecomsync.common.stored_text import in_reader_language


class Level(models.TextChoices):
    DEBUG = "debug", _("detail")
    INFO = "info", _("information")
    SUCCESS = "success", _("success")
    WARNING = "warning", _("warning")
    ERROR = "error", _("error")


class SubjectMixin(models.Model):
    """The record a row is about, by name: no foreign key, so that any app's rows can be meant and deleted."""

    subject_type = models.CharField(_("record type"), max_length=100, blank=True, default="")
    subject_id = models.CharField(_("record id"), max_length=64, blank=True, default="")
    subject_label = models.CharField(_("record"), max_length=255, blank=True, default="")

    class Meta:
        abstract = True


class Event(SubjectMixin):
    """One thing that happened, told in a sentence."""

    kind = models.CharField(
        _("kind"), max_length=64, db_index=True, help_text=_("What happened, machine readable.")
    )
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.INFO)
    site_code = models.CharField(_("site"), max_length=64, blank=True, default="")
    message = models.TextField(_("message"), blank=True, default="")
    payload = models.JSONField(_("payload"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    trace_id = models.CharField(
        _("trace"),
        max_length=64,
        blank=True,
        default="",
        db_index=True,
        help_text=_("Joins an event and its calls."),
    )
    actor = models.CharField(
        _("by"), max_length=150, blank=True, default="", help_text=_("Empty: the system itself.")
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["site_code", "-created_at"], name="activity_event_site_time"),
            models.Index(fields=["subject_type", "subject_id", "-created_at"], name="activity_event_subject"),
        ]
        permissions = [("view_personal_data", _("Can see personal data in events and calls unmasked"))]

    def __str__(self) -> str:
        message = in_reader_language(self.message)[:80]
        return f"{kind_label(self.kind)} · {message}" if message else str(kind_label(self.kind))


class ApiCall(models.Model):
    """One request to an outside system and its answer, without secrets."""

    site_code = models.CharField(_("site"), max_length=64, blank=True, default="")
    platform = models.CharField(_("platform"), max_length=64, blank=True, default="")
    trace_id = models.CharField(_("trace"), max_length=64, blank=True, default="", db_index=True)
    method = models.CharField(_("method"), max_length=10)
    url = models.TextField(_("address"))
    route = models.CharField(_("route"), max_length=255, blank=True, default="")
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), default=0)
    request_headers = models.JSONField(_("request headers"), default=dict, blank=True)
    request_body = models.TextField(_("request body"), blank=True, default="")
    response_headers = models.JSONField(_("response headers"), default=dict, blank=True)
    response_body = models.TextField(_("response body"), blank=True, default="")
    error_code = models.CharField(_("error code"), max_length=64, blank=True, default="")
    error = models.TextField(_("error"), blank=True, default="")
    run = models.ForeignKey(
        "activity.Run",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="calls",
        verbose_name=_("run"),
    )
    created_at = models.DateTimeField(_("time"), db_index=True)

    class Meta:
        verbose_name = _("related request")
        verbose_name_plural = _("related requests")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["site_code", "-created_at"], name="activity_call_site_time"),
            models.Index(fields=["error_code", "-created_at"], name="activity_call_error_time"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.route or self.url} → {self.status or self.error_code or '–'}"

    @property
    def succeeded(self) -> bool:
        return self.status is not None and self.status < 400 and not self.error_code
