"""Of an installation in the gateway role: inner installations, and the shops whose events it keeps for them."""

from __future__ import annotations

import secrets

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class GatewayClient(models.Model):
    """An inner installation that fetches its events here. Its secret is kept as a hash and shown once."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    client_id = models.CharField(_("client ID"), max_length=64, unique=True, editable=False)
    secret_hash = models.CharField(max_length=200, editable=False)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("gateway client")
        verbose_name_plural = _("gateway clients")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(cls, name: str) -> tuple[GatewayClient, str]:
        """A new client and its secret, which nobody can read again."""
        client = cls(name=name, client_id=secrets.token_hex(12))
        return client, client.renew_secret()

    def renew_secret(self) -> str:
        """A new secret; tokens given out before are void. Saves the row."""
        secret = secrets.token_urlsafe(32)
        self.secret_hash = make_password(secret)
        self.save()
        return secret

    def accepts(self, secret: str) -> bool:
        return self.active and check_password(secret, self.secret_hash)


class GatewaySite(models.Model):
    """A shop whose deliveries are kept for a client. The site row holds what the porch needs and nothing else."""

    client = models.ForeignKey(
        GatewayClient, on_delete=models.CASCADE, related_name="sites", verbose_name=_("gateway client")
    )
    site = models.OneToOneField(
        "ecomsites.Site", on_delete=models.CASCADE, related_name="gateway_site", verbose_name=_("site")
    )

    class Meta:
        verbose_name = _("shop of a gateway client")
        verbose_name_plural = _("shops of gateway clients")

    def __str__(self) -> str:
        return f"{self.client} · {self.site_id}"
