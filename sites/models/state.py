"""What a site remembers between two runs: how far it has read, and how many calls it may still make."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from sites.choices import Flow
from sites.models.site import Site


class SyncCursor(models.Model):
    """How far one flow of one site has come. `position` never goes back."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="cursors", verbose_name=_("site"))
    flow = models.CharField(_("flow"), max_length=30, choices=Flow.choices)
    position = models.DateTimeField(_("read up to"), null=True, blank=True)
    last_started_at = models.DateTimeField(_("last started"), null=True, blank=True)
    last_finished_at = models.DateTimeField(_("last finished"), null=True, blank=True)
    last_ok_at = models.DateTimeField(_("last succeeded"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("sync cursor")
        verbose_name_plural = _("sync cursors")
        ordering = ("site", "flow")
        constraints = [
            models.UniqueConstraint(fields=["site", "flow"], name="ecomsites_synccursor_site_flow"),
        ]

    def __str__(self) -> str:
        return f"{self.site.code} · {self.get_flow_display()}"


class ReadingWindow(models.Model):
    """One reading of a flow: which span of the shop's time it covered. A span that no reading covers is a gap."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", verbose_name=_("site"))
    flow = models.CharField(_("flow"), max_length=30, choices=Flow.choices)
    read_from = models.DateTimeField(_("read from"), null=True, blank=True)
    read_to = models.DateTimeField(_("read to"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), auto_now_add=True)
    seen = models.PositiveIntegerField(_("seen"), default=0)
    worked = models.PositiveIntegerField(_("taken over"), default=0)
    complete = models.BooleanField(_("complete"), default=True)
    skew_seconds = models.FloatField(
        _("clock of the shop ahead by (s)"),
        null=True,
        blank=True,
        help_text=_("Negative: it is behind ours."),
    )
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ("-id",)
        indexes = [models.Index(fields=["site", "flow", "-id"], name="ecomsites_window_latest")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.flow} {self.started_at:%Y-%m-%d %H:%M}"


class ConnectRequest(models.Model):
    """Staff were sent to the shop to approve. The token is kept as a hash: who reads the table cannot use it."""

    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name="connect_requests", verbose_name=_("site")
    )
    token_hash = models.CharField(_("hash of the token"), max_length=64, unique=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("keys arrived at"), null=True, blank=True)

    class Meta:
        verbose_name = _("connect request")
        verbose_name_plural = _("connect requests")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.site.code} {self.asked_at:%Y-%m-%d %H:%M}"


class RateBucket(models.Model):
    """Token bucket of a site for installations without Redis."""

    site = models.OneToOneField(
        Site, on_delete=models.CASCADE, related_name="rate_bucket", primary_key=True, verbose_name=_("site")
    )
    tokens = models.FloatField(_("tokens"), default=0)
    capacity = models.FloatField(_("capacity"), default=1)
    refill_per_second = models.FloatField(_("refill per second"), default=1)
    updated_at = models.DateTimeField(_("updated at"))
    blocked_until = models.DateTimeField(_("blocked until"), null=True, blank=True)
    told_rate = models.FloatField(_("refill per second told by the shop"), null=True, blank=True)
    told_capacity = models.FloatField(_("capacity told by the shop"), null=True, blank=True)
    faults = models.PositiveIntegerField(_("faults in a row"), default=0)
    rest_until = models.DateTimeField(_("left alone until"), null=True, blank=True)
    probe_until = models.DateTimeField(_("being tried until"), null=True, blank=True)

    class Meta:
        verbose_name = _("rate budget")
        verbose_name_plural = _("rate budgets")

    def __str__(self) -> str:
        return f"{self.site.code}: {self.tokens:.1f}/{self.capacity:.0f}"
