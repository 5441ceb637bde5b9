"""What was recorded of a person's records, without the person."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import models
from django.db.models import Q

from activity.masking import mask_personal, mask_text
from activity.models import ApiCall, Event, SiteError
from activity.services.calls import flush_all
from activity.services.subjects import subject_of

BATCH = 200


def mask_records(subjects: Iterable[models.Model], *, drop: Collection[str] = ()) -> int:
    """Mask for good what events and problems say about these records. Returns how many rows changed.

    drop: names in payloads of events that go altogether.
    """
    about = Q(pk__in=())
    for subject in map(subject_of, subjects):
        about |= Q(subject_type=subject.type, subject_id=subject.id)
    return _events(Event.objects.filter(about), drop) + _problems(SiteError.objects.filter(about))


def empty_calls(*, traces: Collection[str], site_codes: Collection[str], words: Collection[str]) -> int:
    """Empty the bodies of calls made under these traces, and of calls to these sites that name one of the words.

    The second looks through the stored bodies, which no index helps; calls are kept for days, and erasing is rare.
    """
    about = Q(trace_id__in=[trace for trace in traces if trace])
    flush_all()
    for word in filter(None, words):
        named = Q(response_body__contains=word) | Q(request_body__contains=word) | Q(url__contains=word)
        about |= Q(site_code__in=list(site_codes)) & named
    count = 0
    for row in ApiCall.objects.filter(about).only("pk", "url").iterator(chunk_size=BATCH):
        ApiCall.objects.filter(pk=row.pk).update(url=mask_text(row.url), request_body="", response_body="")
        count += 1
    return count


def _events(rows: models.QuerySet[Event], drop: Collection[str]) -> int:
    found = list(rows)
    for row in found:
        row.message = mask_text(row.message)
        row.payload = {name: mask_personal(value) for name, value in row.payload.items() if name not in drop}
    Event.objects.bulk_update(found, ["message", "payload"], batch_size=BATCH)
    return len(found)


def _problems(rows: models.QuerySet[SiteError]) -> int:
    found = list(rows)
    for row in found:
        row.message, row.details = mask_text(row.message), mask_personal(row.details)
    SiteError.objects.bulk_update(found, ["message", "details"], batch_size=BATCH)
    return len(found)
