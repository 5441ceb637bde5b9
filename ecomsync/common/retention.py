"""Old rows make room: in small batches by age and kind, written to an archive first where one is configured.

An archive is one compressed file of JSON lines per batch, `<ARCHIVE_DIR>/<kind>/<day>/<first id>-<last id>-….jsonl.gz`.
It is complete on the disk before its rows go; a worker that dies between the two leaves rows that are archived again,
so a reader keeps one line per id. When the archive cannot be written, nothing is deleted.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import logging
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ecomsync.common.errors import ConfigurationError

logger = logging.getLogger(__name__)

BATCH = 1_000
#: Of one kind in one round, so that a first clean-up of years does not hold a worker for hours.
MAX_BATCHES = 50


class ArchiveFailed(ConfigurationError):
    """The archive cannot be written: full disk, missing folder, no permission."""

    default_code = "archive_failed"


@dataclass(frozen=True, slots=True)
class Retention:
    """What may go. rows: the finished ones only; moment: the column that tells their age; details: rows that belong
    to them and are archived inside them, as (related name, …)."""

    kind: str
    rows: QuerySet[Any]
    moment: str
    details: tuple[str, ...] = field(default=())


def prune_kind(
    rule: Retention, *, now: datetime | None = None, batch: int = BATCH, max_batches: int = MAX_BATCHES
) -> int:
    """Delete what is older than RETENTION_DAYS[kind]; 0 days keep everything. Returns how many rows went.

    Raises ArchiveFailed; what was archived before stays deleted, the rest stays where it is.
    """
    days = settings.RETENTION_DAYS[rule.kind]
    if not days:
        return 0
    before = (now or timezone.now()) - timedelta(days=days)
    old = rule.rows.filter(**{f"{rule.moment}__lt": before}).order_by("pk")
    total = 0
    for _turn in range(max_batches):
        gone = _one_batch(rule, old, batch)
        total += gone
        if gone < batch:
            break
    return total


def _one_batch(rule: Retention, old: QuerySet[Any], batch: int) -> int:
    """Rows that another worker holds are left to it."""
    with transaction.atomic():
        locked = old.select_for_update(skip_locked=True, of=("self",)) if _can_skip() else old
        rows = list(locked.prefetch_related(*rule.details)[:batch])
        if not rows:
            return 0
        if settings.ARCHIVE_DIR:
            archive(rule.kind, rows, rule.details)
        old.model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _can_skip() -> bool:
    return bool(transaction.get_connection().features.has_select_for_update_skip_locked)


def archive(kind: str, rows: Sequence[Any], details: Sequence[str] = ()) -> Path:
    """Write the rows to a file of their own, whole or not at all. Raises ArchiveFailed."""
    folder = Path(settings.ARCHIVE_DIR) / kind / f"{timezone.now():%Y-%m-%d}"
    path = folder / f"{rows[0].pk}-{rows[-1].pk}-{uuid.uuid4().hex[:8]}.jsonl.gz"
    unfinished = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb") as packed:
                for row in rows:
                    packed.write(_line(row, details))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise ArchiveFailed(
            f"The archive {path.parent} cannot be written: {error.strerror or error}. Old rows stay where they are.",
            cure="Make room on the disk of ARCHIVE_DIR and let the workers write there; they go on by themselves.",
        ) from error
    return path


def _line(row: Any, details: Sequence[str]) -> bytes:
    content = _plain(row)
    for name in details:
        content[name] = [_plain(entry) for entry in getattr(row, name).all()]
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _plain(row: Any) -> dict[str, Any]:
    values = {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    """Bytes as text where they are text, else as base64 with its mark."""
    if not isinstance(value, bytes | memoryview):
        return value
    raw = bytes(value)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(raw).decode("ascii")
