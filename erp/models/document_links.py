"""Public links to documents: unguessable, ending by themselves, revocable."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import TimeStamped
from erp.models.billing import SalesInvoice


def new_key() -> str:
    """192 random bits."""
    return secrets.token_urlsafe(24)


class DocumentLink(TimeStamped):
    """Opens one invoice to whoever has its address. The address also carries our signature, which is not stored."""

    invoice = models.ForeignKey(
        SalesInvoice, on_delete=models.CASCADE, related_name="links", verbose_name=_("invoice")
    )
    key = models.CharField(_("key"), max_length=64, unique=True, default=new_key, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    opened = models.PositiveIntegerField(_("times opened"), default=0)
    last_opened_at = models.DateTimeField(_("last opened at"), null=True, blank=True)

    class Meta:
        verbose_name = _("public link")
        verbose_name_plural = _("public links")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=models.Q(revoked_at__isnull=True),
                name="erp_documentlink_one_valid",
            )
        ]

    def __str__(self) -> str:
        return f"{self.invoice} · {self.expires_at:%Y-%m-%d}"

    @property
    def is_valid(self) -> bool:
        """Whether it still opens the document."""
        return self.revoked_at is None and self.expires_at > timezone.now()
