"""Text that PHP's `serialize` wrote, read without ever making an object: arrays, texts, numbers and flags only."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 30


class _Reader:
    """Positions are bytes: PHP counts the length of a text in bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def value(self, depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        kind = self._take(1)
        if kind == b"N":
            self._expect(b";")
            return None
        self._expect(b":")
        if kind in (b"i", b"b"):
            number = int(self._until(b";"))
            return bool(number) if kind == b"b" else number
        if kind == b"d":
            return self._until(b";").decode()
        if kind == b"s":
            return self._text()
        if kind == b"a":
            return self._array(depth)
        raise ValueError("neither array, text, number nor flag")

    def _text(self) -> str:
        length = int(self._until(b":"))
        self._expect(b'"')
        text = self._take(length)
        self._expect(b'";')
        return text.decode("utf-8", errors="replace")

    def _array(self, depth: int) -> dict[Any, Any]:
        count = int(self._until(b":"))
        if not 0 <= count <= len(self._data):
            raise ValueError("impossible length")
        self._expect(b"{")
        found = {}
        for _ in range(count):
            key = self.value(depth + 1)
            if not isinstance(key, int | str):
                raise ValueError("impossible key")
            found[key] = self.value(depth + 1)
        self._expect(b"}")
        return found

    def _take(self, count: int) -> bytes:
        part = self._data[self._at : self._at + count]
        if count < 0 or len(part) != count:
            raise ValueError("cut off")
        self._at += count
        return part

    def _until(self, mark: bytes) -> bytes:
        end = self._data.find(mark, self._at)
        if end < 0:
            raise ValueError("cut off")
        part, self._at = self._data[self._at : end], end + len(mark)
        return part

    def _expect(self, mark: bytes) -> None:
        if self._take(len(mark)) != mark:
            raise ValueError("not as PHP writes it")


def unserialized(text: str) -> Any:
    """The value, or None for what is none of the kinds that we read."""
    try:
        return _Reader(text.encode()).value()
    except ValueError:
        return None
