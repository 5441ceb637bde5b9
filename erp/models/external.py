"""Under which names other systems know our rows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import TimeStamped


class ExternalReference(TimeStamped):
    """`system` (a site code or a connection) knows the row under `external_id`."""

    model_label = models.CharField(_("model"), max_length=100, help_text=_("Such as erp.customer."))
    object_id = models.BigIntegerField(_("row id"))
    system = models.CharField(_("system"), max_length=64)
    external_id = models.CharField(_("external id"), max_length=150)

    class Meta:
        verbose_name = _("external reference")
        verbose_name_plural = _("external references")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["system", "model_label", "external_id"],
                name="erp_externalreference_key",
                violation_error_message=_("This external id belongs to another row already."),
            )
        ]
        indexes = [models.Index(fields=["model_label", "object_id"], name="erp_externalreference_row")]

    def __str__(self) -> str:
        return f"{self.system}: {self.external_id}"
