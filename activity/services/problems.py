"""The problem list: open once per cause, count up, close by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from activity.models import SiteError
from activity.services.subjects import Subject, SubjectLike, clean_text, subject_of
from ecomsync.common.errors import EcomsyncError

OPEN = SiteError.State.OPEN
RESOLVED = SiteError.State.RESOLVED


def report_error(
    *,
    site_code: str,
    error: EcomsyncError | None = None,
    code: str = "",
    message: str = "",
    cure: str = "",
    subject: SubjectLike | Subject = None,
    link: str = "",
    details: dict[str, Any] | None = None,
) -> SiteError:
    """Open the problem, or count it again when it is open already (one row per site, code and record).

    Give either `error` or `code` and `message`. link: address of the page where it is cured.
    """
    known_code = (code or (error.code if error else "") or "error")[:64]
    about = subject_of(subject)
    found = {
        "message": clean_text(message or (error.message if error else known_code)),
        "cure": clean_text(cure or (error.cure if error else "")),
        "link": link[:500],
        "details": {**_details_of(error), **(details or {})},
        "subject_label": about.label,
    }
    fingerprint = fingerprint_of(site_code, known_code, about)
    while True:
        counted = _count_again(fingerprint, found)
        if counted is not None:
            return counted
        try:
            with transaction.atomic():
                return SiteError.objects.create(
                    site_code=site_code,
                    code=known_code,
                    fingerprint=fingerprint,
                    subject_type=about.type,
                    subject_id=about.id,
                    **found,
                )
        except IntegrityError:
            continue  # somebody opened the same problem meanwhile


def _count_again(fingerprint: str, found: dict[str, Any]) -> SiteError | None:
    open_rows = SiteError.objects.filter(fingerprint=fingerprint, state=OPEN)
    if not open_rows.update(count=F("count") + 1, last_seen=timezone.now(), **found):
        return None
    return open_rows.first()


def resolve_errors(
    *,
    site_code: str,
    code: str | Iterable[str] | None = None,
    subject: SubjectLike | Subject = None,
    by: str = "",
) -> int:
    """Close the open problems of a site whose cause is gone. Returns how many were closed.

    code: one or several codes; none means all of them. subject: only the problems of this record.
    """
    rows = SiteError.objects.filter(site_code=site_code, state=OPEN)
    if code is not None:
        rows = rows.filter(code__in=[code] if isinstance(code, str) else list(code))
    if subject is not None:
        about = subject_of(subject)
        rows = rows.filter(subject_type=about.type, subject_id=about.id)
    return close_rows(rows, by=by)


def close_rows(rows: QuerySet[SiteError], *, by: str) -> int:
    """Resolve the open ones among `rows`."""
    return rows.filter(state=OPEN).update(state=RESOLVED, resolved_at=timezone.now(), resolved_by=by[:150])


def reopen_rows(rows: QuerySet[SiteError]) -> tuple[int, int]:
    """Open resolved rows again. Returns (opened, left closed since the same problem is open in another row)."""
    opened = kept = 0
    for pk, fingerprint in (
        rows.filter(state=RESOLVED).order_by("-last_seen").values_list("pk", "fingerprint")
    ):
        try:
            with transaction.atomic():
                row = SiteError.objects.filter(pk=pk, state=RESOLVED, fingerprint=fingerprint)
                opened += row.update(state=OPEN, resolved_at=None, resolved_by="")
        except IntegrityError:
            kept += 1
    return opened, kept


def fingerprint_of(site_code: str, code: str, subject: Subject) -> str:
    """What makes two reports the same problem."""
    return hashlib.sha256("\x1f".join((site_code, code, subject.type, subject.id)).encode()).hexdigest()


def _details_of(error: EcomsyncError | None) -> dict[str, Any]:
    if error is None:
        return {}
    told = {"platform": error.platform, "item": error.item, "status": error.status, "excerpt": error.excerpt}
    return {**{name: clean_text(value) for name, value in told.items() if value}, **error.details}
