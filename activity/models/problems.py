"""What needs a person: the problem list and the alerts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.models.events import SubjectMixin
from ecomsync.common.remedies import Remedy, remedy_for
from ecomsync.common.stored_text import in_reader_language


class SiteError(SubjectMixin):
    """A cause that stops something, with its cure. One open row per site, code and record: it counts up."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RESOLVED = "resolved", _("resolved")

    site_code = models.CharField(_("site"), max_length=64, blank=True, default="")
    code = models.CharField(_("error code"), max_length=64)
    message = models.TextField(_("cause"))
    cure = models.TextField(_("cure"), blank=True, default="")
    link = models.CharField(
        _("link"), max_length=500, blank=True, default="", help_text=_("Page of the setting that cures it.")
    )
    details = models.JSONField(_("details"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    count = models.PositiveIntegerField(_("times seen"), default=1)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now)
    last_seen = models.DateTimeField(_("last seen"), default=timezone.now, db_index=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    comment = models.TextField(_("comment"), blank=True, default="")
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.CharField(
        _("resolved by"), max_length=150, blank=True, default="", help_text=_("Empty: closed by itself.")
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("site error")
        verbose_name_plural = _("site errors")
        ordering = ("-last_seen", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=models.Q(state="open"),
                name="activity_one_open_error",
                violation_error_message=_("The same problem is open already."),
            )
        ]
        indexes = [
            models.Index(fields=["state", "site_code", "-last_seen"], name="activity_error_state_site"),
            models.Index(fields=["subject_type", "subject_id"], name="activity_error_subject"),
            models.Index(fields=["fingerprint"], name="activity_error_fingerprint"),
        ]

    def __str__(self) -> str:
        title = str(self.remedy.title)
        return f"{title} · {in_reader_language(self.subject_label)}" if self.subject_label else title

    @property
    def remedy(self) -> Remedy:
        """Title and cure in the reader's language, else what the error itself said."""
        return remedy_for(
            self.code, title=in_reader_language(self.message), cure=in_reader_language(self.cure)
        )


class Alert(models.Model):
    """Something a person must learn at once: a paused site, silence, a queue that grows."""

    site_code = models.CharField(_("site"), max_length=64, blank=True, default="")
    code = models.CharField(_("alert code"), max_length=64)
    message = models.TextField(_("message"))
    level = models.CharField(
        _("level"),
        max_length=10,
        choices=[("warning", _("warning")), ("critical", _("critical"))],
        default="critical",
    )
    details = models.JSONField(_("details"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    count = models.PositiveIntegerField(_("times raised"), default=1)
    created_at = models.DateTimeField(_("raised at"), default=timezone.now, db_index=True)
    last_raised_at = models.DateTimeField(_("last raised at"), default=timezone.now)
    notified_at = models.DateTimeField(_("mail sent at"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acknowledged_by = models.CharField(_("acknowledged by"), max_length=150, blank=True, default="")

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-last_raised_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["site_code", "code"],
                condition=models.Q(acknowledged_at__isnull=True),
                name="activity_one_open_alert",
                violation_error_message=_("The same alert is open already."),
            )
        ]

    def __str__(self) -> str:
        title = remedy_for(self.code, title=in_reader_language(self.message)).title
        return f"{self.site_code} · {title}" if self.site_code else str(title)

    @property
    def acknowledged(self) -> bool:
        return self.acknowledged_at is not None


class MailTurn(models.Model):
    """When a kind of mail was sent last: of many processes one takes the turn, and mails never come in floods."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def take(cls, name: str, *, now: datetime, pause: timedelta) -> bool:
        """Whether the caller may send now; False when another mail of this kind left within the pause."""
        MailTurn.objects.bulk_create([MailTurn(name=name, at=now - pause)], ignore_conflicts=True)
        return bool(cls.objects.filter(name=name, at__lte=now - pause).update(at=now))

    @classmethod
    def give_back(cls, name: str) -> None:
        """The mail could not be sent: the next one to try need not wait."""
        cls.objects.filter(name=name).delete()
