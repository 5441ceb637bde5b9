"""Files of rows: cut to size for deltas, kept whole and guarded when they are full ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ecomsync.common.errors import ConfigurationError, NotConfirmed
from platforms.norce.client import NorceClient
from platforms.norce.errors import PLATFORM
from platforms.norce.jobs import Kind
from platforms.types import PushResult

MAX_BYTES = 5_000_000
Row = TypeVar("Row")


def cut(
    items: Sequence[tuple[Row, Mapping[str, Any]]], most: int
) -> Iterator[list[tuple[Row, Mapping[str, Any]]]]:
    """Files of at most `most` rows and five megabytes, in order."""
    part: list[tuple[Row, Mapping[str, Any]]] = []
    size = 0
    for entry in items:
        length = len(json.dumps(entry[1], default=str).encode()) + 1
        if part and (len(part) >= most or size + length > MAX_BYTES):
            yield part
            part, size = [], 0
        part.append(entry)
        size += length
    if part:
        yield part


def header(
    client: NorceClient, account: int | None, fields: Mapping[str, Sequence[int]], *, full: bool
) -> dict[str, Any]:
    """The header object of an import: what of each row is read, and whether the file is everything there is."""
    found: dict[str, Any] = {}
    acting = account or client.options.account_id
    if acting:
        found["AccountId"] = acting
    found["FullFile"] = full
    found |= {name: sorted(numbers) for name, numbers in fields.items() if numbers}
    found["SerializationType"] = 0
    return found


class FullFileGuard:
    """A full file switches off whatever it does not name, so it is sent only when it is surely everything.

    memory: what `learned` held; keeps how many rows the last full file of a kind had.
    """

    def __init__(self, client: NorceClient, memory: dict[str, Any]) -> None:
        self._options = client.options
        self._sizes: dict[str, int] = memory.setdefault("full_files", {})

    def check(self, kind: Kind, count: int, *, complete: bool) -> None:
        """complete: the ERP was read to the end and without an error. Raises ConfigurationError, NotConfirmed."""
        if not self._options.full_files_confirmed:
            raise NotConfirmed(
                "A full file would be the first, and it switches off what the ERP does not name.",
                code="full_file_unconfirmed",
                cure="Look through what the ERP sends, then switch 'Full files are confirmed' on.",
                platform=PLATFORM,
            )
        if not complete:
            raise _refusal(
                "The ERP was not read completely, so no full file is sent.",
                "full_file_incomplete",
                "Run it again once the ERP answers completely; until then changes go out as deltas.",
            )
        last = self._sizes.get(kind, 0)
        least = last * (100 - self._options.full_file_drop) / 100
        if count < least or not count:
            raise _refusal(
                f"The full file has {count} rows and the last one had {last}: it would switch off too much.",
                "full_file_shrunk",
                "If so many rows are really gone, raise 'Largest drop of a full file' for one run.",
            )

    def check_rows(self, left_out: Sequence[PushResult]) -> None:
        """A row that cannot be sent would be switched off by the file that lacks it. Raises ConfigurationError."""
        if not left_out:
            return
        first = left_out[0]
        raise _refusal(
            f"{len(left_out)} rows cannot be sent, and a full file without them would switch them off. The first: "
            f"{first.message}",
            "full_file_incomplete",
            first.cure,
        )

    def sent(self, kind: Kind, count: int) -> None:
        self._sizes[kind] = count


def _refusal(message: str, code: str, cure: str) -> ConfigurationError:
    return ConfigurationError(message, code=code, cure=cure, platform=PLATFORM)
