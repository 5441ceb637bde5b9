"""How often things come from a shop in each hour of its week."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

HOURS_OF_WEEK = 168


class RhythmKind(models.TextChoices):
    EVENTS = "events", _("webhook events")
    ORDERS = "orders", _("orders")


class SiteRhythm(models.Model):
    """Learnt once a day. hours[0] is Monday 00:00 to 01:00 UTC: how many come in that hour, on average."""

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.CASCADE, related_name="+", verbose_name=_("site")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=RhythmKind.choices)
    hours = models.JSONField(default=list)
    counted = models.PositiveIntegerField(_("counted"), default=0)
    days = models.FloatField(_("days"), default=0)
    learnt_at = models.DateTimeField(_("learnt at"))

    class Meta:
        verbose_name = _("rhythm of a site")
        verbose_name_plural = _("rhythms of sites")
        constraints = [models.UniqueConstraint(fields=["site", "kind"], name="webhooks_rhythm_site_kind")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.kind}"
