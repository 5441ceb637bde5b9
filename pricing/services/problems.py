"""The problem list's way to price documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activity.models import SiteError
from activity.services import resolve_errors
from ecomsync.common.errors import EcomsyncError
from pricing.models import DocState, PriceUpdaterDoc
from pricing.services.process import process


def _keys(problems: Sequence[SiteError]) -> list[int]:
    return [int(row.subject_id) for row in problems if row.subject_id.isdigit()]


def retry_documents(*, problems: Sequence[SiteError], user: Any) -> int:
    """Approved documents are processed now. Raises what stands in the way of the last one that did not pass."""
    done, fault = 0, None
    for document in PriceUpdaterDoc.objects.filter(pk__in=_keys(problems), state=DocState.APPROVED):
        try:
            process(document=document)
        except EcomsyncError as error:
            fault = error
        else:
            resolve_errors(site_code="", subject=document)
            done += 1
    if fault is not None and not done:
        raise fault
    return done


def standing_documents(*, problems: Sequence[SiteError]) -> set[int]:
    """A document that is still to be processed; what became of its lines is told by the queue."""
    waiting = set(
        PriceUpdaterDoc.objects.filter(pk__in=_keys(problems), state=DocState.APPROVED).values_list(
            "pk", flat=True
        )
    )
    return {row.pk for row in problems if int(row.subject_id) in waiting}
