"""Reads docker-compose.yml as far as ours goes: maps, lists, flow lists, anchors and merges; anything else is an error.

A YAML library would be one more dependency for one file of ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_KEY = re.compile(r"(?P<key>[^\s:'\"\[{][^:]*|<<):(?:\s+(?P<value>.*))?$")
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<how>:-|:\?)(?P<rest>[^}]*))?\})")


@dataclass
class _Reader:
    lines: list[tuple[int, str]]
    anchors: dict[str, Any] = field(default_factory=dict)
    at: int = 0

    def block(self, indent: int) -> Any:
        """The map or list whose lines stand at this indent."""
        found: Any = None
        while self.at < len(self.lines) and self.lines[self.at][0] == indent:
            text = self.lines[self.at][1]
            if text.startswith("- "):
                found = [] if found is None else found
                found.append(self._entry(indent, text[2:]))
            else:
                found = {} if found is None else found
                self._pair(found, indent, text)
        return found

    def _entry(self, indent: int, text: str) -> Any:
        """A list entry; one that is a map has its further keys below its first."""
        if _KEY.match(text):
            self.lines[self.at] = (indent + 2, text)
            return self.block(indent + 2)
        self.at += 1
        return self._scalar(text)

    def _pair(self, into: dict[str, Any], indent: int, text: str) -> None:
        matched = _KEY.match(text)
        if matched is None:
            raise ValueError(f"This line is not understood: {text}")
        key, value = matched["key"].strip(), (matched["value"] or "").strip()
        anchor = re.match(r"&([\w-]+)\s*", value)
        if anchor:
            value = value[anchor.end() :]
        self.at += 1
        deeper = self.lines[self.at][0] if self.at < len(self.lines) else 0
        made = self._scalar(value) if value else (self.block(deeper) if deeper > indent else None)
        if anchor:
            self.anchors[anchor[1]] = made
        if key == "<<":
            into.update({name: one for name, one in made.items() if name not in into})
        else:
            into[key] = made

    def _scalar(self, text: str) -> Any:
        if text.startswith("*"):
            return self.anchors[text[1:].strip()]
        if text.startswith(("[", '"')):
            return json.loads(text)
        return text


def _lines(text: str) -> list[tuple[int, str]]:
    found = []
    for line in text.splitlines():
        bare = re.sub(r"\s+#.*$", "", line) if '"' not in line else line
        if bare.strip() and not bare.lstrip().startswith("#"):
            found.append((len(bare) - len(bare.lstrip()), bare.strip()))
    return found


def interpolated(value: Any, variables: Mapping[str, str]) -> Any:
    """`${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$`, as Compose replaces them everywhere."""
    if isinstance(value, dict):
        return {key: interpolated(one, variables) for key, one in value.items()}
    if isinstance(value, list):
        return [interpolated(one, variables) for one in value]

    def replace(found: re.Match[str]) -> str:
        if found["name"] is None:
            return "$"
        given = variables.get(found["name"], "")
        if not given and found["how"] == ":?":
            raise ValueError(found["rest"])
        return given or (found["rest"] if found["how"] == ":-" else "")

    return _VARIABLE.sub(replace, value) if isinstance(value, str) else value


def read_compose(path: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """The file with its variables filled in."""
    found: dict[str, Any] = interpolated(_Reader(_lines(path.read_text())).block(0), variables)
    return found
