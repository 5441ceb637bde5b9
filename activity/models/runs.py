"""A run is one started action: its progress while it works, its report when it is over."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.models.events import Level, SubjectMixin
from ecomsync.common.stored_text import in_reader_language

OUTCOMES = ("created", "updated", "unchanged", "held", "failed")
EXTRA_OUTCOMES = ("pushed", "skipped")


class Run(models.Model):
    """found = created + updated + unchanged + held + failed (+ pushed + skipped), or the run did not end well."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    site_code = models.CharField(_("site"), max_length=64, blank=True, default="")
    action = models.CharField(_("action"), max_length=64, help_text=_("What was started, machine readable."))
    title = models.CharField(_("title"), max_length=200, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    params = models.JSONField(_("parameters"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    total = models.PositiveIntegerField(_("total"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    found = models.PositiveIntegerField(_("found"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    held = models.PositiveIntegerField(_("held"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    counts = models.JSONField(_("other counts"), default=dict, blank=True)
    checkpoint = models.JSONField(
        _("checkpoint"), default=dict, blank=True, editable=False, encoder=DjangoJSONEncoder
    )
    message = models.TextField(_("message"), blank=True, default="")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("started by"),
    )
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True, db_index=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    heartbeat = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    trace_id = models.CharField(_("trace"), max_length=64, blank=True, default="", db_index=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["site_code", "-created_at"], name="activity_run_site_time"),
            models.Index(fields=["state", "heartbeat"], name="activity_run_state_beat"),
        ]
        permissions = [("cancel_run", _("Can cancel a run"))]

    def __str__(self) -> str:
        name = in_reader_language(self.title) or self.action
        return f"{name} · {self.site_code}" if self.site_code else name

    def get_absolute_url(self) -> str:
        return reverse("admin:activity_run_change", args=[self.pk])

    @property
    def is_over(self) -> bool:
        return self.state not in (self.State.QUEUED, self.State.RUNNING)

    @property
    def accounted(self) -> int:
        """Records whose outcome is known."""
        known = self.created + self.updated + self.unchanged + self.held + self.failed
        return known + sum(int(self.counts.get(name, 0)) for name in EXTRA_OUTCOMES)

    @property
    def adds_up(self) -> bool:
        return self.found == self.accounted

    @property
    def percent(self) -> int:
        """Progress from 0 to 100; a finished run is 100 even when there was nothing to do."""
        if self.state == self.State.FINISHED:
            return 100
        whole = self.total or self.found
        part = self.done or self.accounted
        return min(99, part * 100 // whole) if whole else 0

    @property
    def seconds(self) -> float | None:
        """How long it took, or takes so far."""
        if self.started_at is None:
            return None
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()


class RunNote(SubjectMixin):
    """A line of the report: what was held or failed, and why."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="notes", verbose_name=_("run"))
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.INFO)
    code = models.CharField(_("error code"), max_length=64, blank=True, default="")
    message = models.TextField(_("message"))
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("run note")
        verbose_name_plural = _("run notes")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.message[:80]
