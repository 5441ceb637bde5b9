"""Settings files of shops, as 'Export Settings' writes them: a start for shops of the same make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def example_text(name: str) -> str:
    """A settings file, for 'Import Settings'."""
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def example_options(name: str) -> dict[str, Any]:
    """The platform options of a settings file."""
    options: dict[str, Any] = json.loads(example_text(name))["settings"]["platform_options"]
    return options
