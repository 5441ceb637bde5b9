"""Documents whose time has come, and documents whose lines still wait for an answer."""

from __future__ import annotations

import logging

from django.db.models import Q
from django.utils import timezone

from activity.services import report_error
from ecomsync.common.errors import EcomsyncError
from pricing.models import DocState, PriceUpdaterDoc
from pricing.services.process import FOLLOW_FAILED, follow, process

logger = logging.getLogger(__name__)


def apply_due_documents() -> int:
    """Process what is approved and effective, then bring lines up to date. One bad document stops no other."""
    now = timezone.now()
    due = PriceUpdaterDoc.objects.filter(
        Q(effective_from__isnull=False) & Q(effective_from__lte=now), state=DocState.APPROVED
    )
    number = 0
    for document in due.order_by("effective_from", "pk"):
        try:
            process(document=document)
            number += 1
        except EcomsyncError as error:
            report_error(site_code="", error=error, subject=document)
        except Exception:  # outer loop of a worker
            logger.exception("Price document %s could not be processed", document.pk)
    open_states = Q(state=DocState.PROCESSING)
    recent = Q(state=DocState.PARTLY_FAILED, processed_at__gte=now - FOLLOW_FAILED)
    for document in PriceUpdaterDoc.objects.filter(open_states | recent):
        try:
            follow(document=document)
        except Exception:  # outer loop of a worker
            logger.exception("Price document %s could not be followed", document.pk)
    return number
