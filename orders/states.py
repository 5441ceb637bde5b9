"""States of orders, returns and messages to the shop, and what one import can end in."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderState(TextChoices):
    """Where an order of the shop stands with us."""

    NEW = "new", _("new")
    READY = "ready", _("ready")
    HELD = "held", _("held")
    IMPORTED = "imported", _("imported")
    SKIPPED = "skipped", _("skipped")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


#: Reason of a cancelled order whose cancellation the shop told.
CANCELLED_IN_SHOP = "cancelled_in_shop"


class OrderSource(TextChoices):
    """How a version of an order reached us."""

    POLL = "poll", _("poll")
    WEBHOOK = "webhook", _("webhook")
    MANUAL = "manual", _("by hand")
    FILE = "file", _("file")


class ImportOutcome(TextChoices):
    """What importing one order came to; the columns of the run report."""

    CREATED = "created", _("created")
    UPDATED = "updated", _("updated")
    UNCHANGED = "unchanged", _("unchanged")
    HELD = "held", _("held")
    SKIPPED = "skipped", _("skipped")
    FAILED = "failed", _("failed")


class ReturnState(TextChoices):
    STAGED = "staged", _("staged")
    POSTED = "posted", _("posted")
    HELD = "held", _("held")
    IGNORED = "ignored", _("ignored")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ReturnOrigin(TextChoices):
    """Where a return was made first."""

    SHOP = "shop", _("the shop")
    ERP = "erp", _("the ERP")


class OutboxKind(TextChoices):
    STATUS = "status", _("status")
    SHIP = "ship", _("shipment")
    INVOICE = "invoice", _("invoice")
    COMPLETE = "complete", _("completion")
    CANCEL = "cancel", _("cancellation")
    NOTE = "note", _("note")
    REFUND = "refund", _("refund")


class OutboxState(TextChoices):
    PENDING = "pending", _("pending")
    PROCESSING = "processing", _("processing")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    DEAD = "dead", _("given up")
    SUPERSEDED = "superseded", _("superseded")
    CANCELLED = "cancelled", _("cancelled")


#: Rows that still have to reach the shop.
OPEN_OUTBOX_STATES = (OutboxState.PENDING, OutboxState.PROCESSING)
