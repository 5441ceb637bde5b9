"""Retention while its disk is full: old rows are planted, and each must be in the table or in the archive at the end."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import models
from django.utils import timezone

from activity.models import ApiCall, Event

OLD = timedelta(days=800)
MARK = "planted"
ROWS = 1200


class Archive:
    """kind -> ids of the planted rows."""

    def __init__(self, folder: Path, *, is_small_disk: bool) -> None:
        self._folder, self._is_small_disk = folder, is_small_disk
        self.planted: dict[str, set[int]] = {"events": set(), "calls": set()}

    def plant(self, chance: random.Random) -> int:
        """Rows long past their time, with content that does not compress. Returns how many."""
        moment = timezone.now() - OLD
        events = Event.objects.bulk_create(
            [Event(kind=MARK, message=f"{chance.getrandbits(4000):x}") for _ in range(ROWS)]
        )
        calls = ApiCall.objects.bulk_create(
            [
                ApiCall(
                    created_at=moment,
                    site_code=MARK,
                    method="GET",
                    url=f"http://x/{chance.getrandbits(1000):x}",
                )
                for _ in range(ROWS // 4)
            ]
        )
        rows: tuple[tuple[str, Any, list[Any]], ...] = (("events", Event, events), ("calls", ApiCall, calls))
        for kind, model, made in rows:
            ids = [row.pk for row in made]
            model.objects.filter(pk__in=ids).update(created_at=moment)
            self.planted[kind].update(ids)
        return len(events) + len(calls)

    def fill(self) -> str:
        """Nothing can be written any more: the disk is full, or a file stands where the folder was."""
        if self._is_small_disk:
            with contextlib.suppress(OSError), (self._folder / "filler").open("wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4096)
            return "disk full"
        aside = self._folder.with_name("archive-aside")
        self._folder.rename(aside)
        self._folder.write_text("in the way")
        return "folder not writable"

    def make_room(self) -> None:
        if self._is_small_disk:
            (self._folder / "filler").unlink(missing_ok=True)
            self._take_away()
        elif self._folder.is_file():
            self._folder.unlink()
            self._folder.with_name("archive-aside").rename(self._folder)

    def _take_away(self) -> None:
        """The archive is moved to the big disk, as an operator would do when the small one is full."""
        store = self._folder.with_name("archive-store")
        for path in self._folder.rglob("*.jsonl.gz"):
            target = store / path.relative_to(self._folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            path.unlink()

    def waiting(self) -> int:
        """Planted rows that retention has still to take."""
        tables: tuple[tuple[str, type[models.Model]], ...] = (("events", Event), ("calls", ApiCall))
        return sum(model._default_manager.filter(pk__in=self.planted[kind]).count() for kind, model in tables)

    def wrong(self) -> Iterator[str]:
        """Unreadable files, half-written files that passed for whole ones, rows in neither place."""
        kept: dict[str, set[int]] = {kind: set() for kind in self.planted}
        for path in self._files():
            try:
                with gzip.open(path, "rt", encoding="utf-8") as lines:
                    ids = {int(json.loads(line)["id"]) for line in lines}
            except (OSError, EOFError, ValueError, KeyError) as error:
                yield f"The archive file {path} cannot be read: {type(error).__name__} {error}"
                continue
            kept.setdefault(path.parent.parent.name, set()).update(ids)
        tables: dict[str, type[models.Model]] = {"events": Event, "calls": ApiCall}
        for kind, model in tables.items():
            there = set(model._default_manager.filter(pk__in=self.planted[kind]).values_list("pk", flat=True))
            lost = self.planted[kind] - there - kept[kind]
            if lost:
                yield f"{len(lost)} old {kind} are neither in the table nor in the archive: {sorted(lost)[:10]}"
            if there:
                yield f"{len(there)} old {kind} are still in the table although the archive has room."

    def _files(self) -> Iterator[Path]:
        for folder in (self._folder, self._folder.with_name("archive-store")):
            yield from folder.rglob("*.jsonl.gz")
