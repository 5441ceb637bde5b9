"""What a comparison of a shop with the ERP found."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.models.events import SubjectMixin


class Difference(SubjectMixin):
    """A record that shop and ERP do not agree about. One live row per site, kind and key, however often it is seen.

    key: the shop's id of the order, product or variant, with what of it is meant ("17", "17|sku").
    """

    class Kind(models.TextChoices):
        ORDER = "order", _("order")
        STOCK = "stock", _("stock")
        PRICE = "price", _("price")
        PRODUCT = "product", _("product")

    class Problem(models.TextChoices):
        MISSING = "missing", _("missing")
        EXTRA = "extra", _("extra")
        DIFFERENT = "different", _("different")

    class Aspect(models.TextChoices):
        """What of the record is compared."""

        RECORD = "record", _("the whole record")
        QUANTITY = "quantity", _("quantity")
        STOCK_KEEPING = "stock_keeping", _("stock keeping in the shop")
        PRICE = "price", _("price")
        SPECIAL_PRICE = "special_price", _("special price")
        SKU = "sku", _("SKU")
        VISIBILITY = "visibility", _("visibility in the shop")
        TOTAL = "total", _("total")
        STATUS = "status", _("status")
        REFUNDS = "refunds", _("refunds")
        DOCUMENTS = "documents", _("ERP documents")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ASKED = "asked", _("asked for repair")
        REPAIRED = "repaired", _("repaired")
        GONE = "gone", _("gone by itself")
        IGNORED = "ignored", _("ignored")

    site_code = models.CharField(_("site"), max_length=64)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    problem = models.CharField(
        _("problem"),
        max_length=10,
        choices=Problem.choices,
        help_text=_(
            "Missing: only one side has it. Extra: the shop has a product, or we an order, too many."
        ),
    )
    aspect = models.CharField(_("what differs"), max_length=14, choices=Aspect.choices, default=Aspect.RECORD)
    key = models.CharField(_("key"), max_length=200)
    shop_value = models.CharField(_("in the shop"), max_length=200, blank=True, default="")
    erp_value = models.CharField(_("in the ERP"), max_length=200, blank=True, default="")
    message = models.TextField(_("message"), blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    run = models.ForeignKey(
        "activity.Run",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="differences",
        verbose_name=_("run"),
        help_text=_("The comparison that saw it last."),
    )
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now)
    last_seen = models.DateTimeField(_("last seen"), default=timezone.now)
    asked_at = models.DateTimeField(_("repair asked at"), null=True, blank=True)
    asked_by = models.CharField(_("repair asked by"), max_length=150, blank=True, default="")
    tried_at = models.DateTimeField(_("repair tried at"), null=True, blank=True)
    repaired_at = models.DateTimeField(_("repaired at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ("-last_seen", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["site_code", "kind", "key"],
                condition=models.Q(state__in=["open", "asked", "ignored"]),
                name="activity_one_live_difference",
                violation_error_message=_("The same difference is open already."),
            )
        ]
        indexes = [
            models.Index(fields=["state", "site_code", "kind"], name="activity_difference_state"),
            models.Index(fields=["-last_seen", "-id"], name="activity_difference_newest"),
            models.Index(fields=["subject_type", "subject_id"], name="activity_difference_subject"),
        ]
        permissions = [("resolve_difference", _("Can ignore differences"))]

    def __str__(self) -> str:
        return f"{self.site_code}: {self.subject_label or self.key} · {self.get_aspect_display()}"


#: States of rows that still stand for something; one row per key.
LIVE_STATES = (Difference.State.OPEN, Difference.State.ASKED, Difference.State.IGNORED)
