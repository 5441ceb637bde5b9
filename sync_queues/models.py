"""The queue tables. A row says that something changed, not its value: the handler reads the present one.

At most one row per (site, key) waits and at most one is worked on, both by partial unique constraints, so that
changes gather in the waiting row and no two workers ever send the same thing at once.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.models.columns import MONEY, QUANTITY


class State(models.TextChoices):
    PENDING = "pending", _("pending")
    PROCESSING = "processing", _("processing")
    COMPLETED = "completed", _("completed")
    FAILED = "failed", _("failed")
    DEAD = "dead", _("dead")
    SUPERSEDED = "superseded", _("superseded")


#: Nothing will happen to these rows by itself any more.
FINISHED_STATES = (State.COMPLETED, State.SUPERSEDED)
#: These need a person, or a newer request of the same key.
PROBLEM_STATES = (State.FAILED, State.DEAD)


class ErrorClass(models.TextChoices):
    CONFIGURATION = "configuration", _("configuration")
    PERMANENT = "permanent", _("permanent")
    RETRYABLE = "retryable", _("retryable")
    INTERNAL = "internal", _("internal")


class QueueKind(models.TextChoices):
    QTY = "qty", _("quantity")
    PRICE = "price", _("price")
    ITEM = "item", _("item")


class Request(models.Model):
    """Common columns of the three queues."""

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("site")
    )
    item = models.ForeignKey(
        "erp.Item", on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("item")
    )
    key = models.CharField(
        _("key"), max_length=200, help_text=_("Changes of the same key gather in one waiting request.")
    )
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.PENDING)
    version = models.PositiveBigIntegerField(
        _("version"), help_text=_("Microseconds of the newest change it stands for; an older one never wins.")
    )
    coalesced = models.PositiveIntegerField(
        _("gathered changes"),
        default=0,
        help_text=_("Further changes that joined this request while it waited."),
    )
    forced = models.BooleanField(
        _("send even if unchanged"),
        default=False,
        help_text=_("Send although the shop should have this value already."),
    )
    retry_count = models.PositiveIntegerField(_("retries"), default=0)
    crash_count = models.PositiveIntegerField(
        _("crashes"),
        default=0,
        help_text=_("How often a worker died or broke on it; suspects are tried alone."),
    )
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    claimed_by = models.CharField(_("claimed by"), max_length=120, blank=True)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    last_attempt_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    error_class = models.CharField(_("error class"), max_length=13, choices=ErrorClass.choices, blank=True)
    error_code = models.CharField(_("error code"), max_length=60, blank=True)
    error_message = models.TextField(_("error message"), blank=True)
    remedy = models.TextField(_("remedy"), blank=True)
    trace_id = models.CharField(_("trace"), max_length=40, blank=True)
    document_type = models.CharField(_("related document type"), max_length=60, blank=True)
    document_id = models.BigIntegerField(_("related document id"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)

    class Meta:
        abstract = True
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["site", "key"],
                condition=models.Q(state="pending"),
                name="%(app_label)s_%(class)s_waiting",
            ),
            models.UniqueConstraint(
                fields=["site", "key"],
                condition=models.Q(state="processing"),
                name="%(app_label)s_%(class)s_running",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "not_before", "id"], condition=models.Q(state="pending"), name="%(class)s_due"
            ),
            models.Index(
                fields=["claimed_until"], condition=models.Q(state="processing"), name="%(class)s_lease"
            ),
            models.Index(
                fields=["site", "key"],
                condition=models.Q(state__in=["failed", "dead"]),
                name="%(class)s_problem",
            ),
            models.Index(fields=["site", "state"], name="%(class)s_state"),
            models.Index(fields=["trace_id"], name="%(class)s_trace"),
            models.Index(
                fields=["document_type", "document_id"],
                condition=~models.Q(document_type=""),
                name="%(class)s_doc",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.key}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits or is being worked on."""
        return self.state in (State.PENDING, State.PROCESSING)


class UpdateQtyRequest(Request):
    """The quantity of an item changed and the shop does not know yet."""

    warehouse = models.ForeignKey(
        "erp.Warehouse",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("warehouse"),
    )
    remote_location_id = models.CharField(_("location in the shop"), max_length=100, blank=True)
    quantity_at_enqueue = models.DecimalField(_("quantity when asked"), null=True, blank=True, **QUANTITY)
    quantity_sent = models.DecimalField(_("quantity sent"), null=True, blank=True, **QUANTITY)

    class Meta(Request.Meta):
        verbose_name = _("update quantity request")
        verbose_name_plural = _("update quantity requests")


class UpdatePriceRequest(Request):
    """The price of an item changed and the shop does not know yet."""

    price_list = models.ForeignKey(
        "erp.PriceList",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("price list"),
    )
    min_quantity = models.DecimalField(
        _("from quantity"),
        default=1,
        help_text=_("Of a price list: from so many base units on. Base prices count from one."),
        **QUANTITY,
    )
    price_at_enqueue = models.DecimalField(_("price when asked"), null=True, blank=True, **MONEY)
    price_sent = models.DecimalField(_("price sent"), null=True, blank=True, **MONEY)
    special_sent = models.DecimalField(_("special price sent"), null=True, blank=True, **MONEY)
    sheet: models.JSONField[Any, Any] = models.JSONField(
        _("prices of the document"),
        null=True,
        blank=True,
        help_text=_("What a price document asks for: price, special, from, to. Empty: the price in force."),
    )

    class Meta(Request.Meta):
        verbose_name = _("update price request")
        verbose_name_plural = _("update price requests")


class ItemAction(models.TextChoices):
    SEND = "send", _("send")
    DISABLE = "disable", _("disable")
    DELETE = "delete", _("delete")
    CATEGORY = "category", _("category")


class UpdateItemRequest(Request):
    """An item, its product sheet or a category changed and the shop does not know yet."""

    # A request to delete or disable outlives the item itself.
    item = models.ForeignKey(
        "erp.Item", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("item")
    )
    action = models.CharField(_("action"), max_length=10, choices=ItemAction.choices, default=ItemAction.SEND)
    subject_type = models.CharField(
        _("subject"),
        max_length=40,
        blank=True,
        help_text=_("product_config, category_config, or empty: the item."),
    )
    subject_id = models.BigIntegerField(_("subject id"), null=True, blank=True)

    class Meta(Request.Meta):
        verbose_name = _("update item request")
        verbose_name_plural = _("update item requests")


class QueueLane(models.Model):
    """How one queue of one site is faring: batch size learnt from time-outs, rest after faults, its turn.

    The row with an empty kind is the site's own: its holder is the one worker that may write to a shop whose
    platform wants one writer at a time.
    """

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.CASCADE, related_name="+", verbose_name=_("site")
    )
    kind = models.CharField(_("queue"), max_length=10, blank=True, choices=QueueKind.choices)
    batch_limit = models.PositiveIntegerField(
        _("batch limit"),
        null=True,
        blank=True,
        help_text=_("Halved after a time-out, grows back with each success."),
    )
    faults = models.PositiveIntegerField(_("faults in a row"), default=0)
    rest_until = models.DateTimeField(_("rests until"), null=True, blank=True)
    last_drained_at = models.DateTimeField(_("last drained"), null=True, blank=True)
    holder = models.CharField(_("holder"), max_length=120, blank=True)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)

    class Meta:
        verbose_name = _("queue lane")
        verbose_name_plural = _("queue lanes")
        constraints = [
            models.UniqueConstraint(fields=["site", "kind"], name="sync_queues_queuelane_site_kind")
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.kind}"
