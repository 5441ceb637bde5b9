"""What the first page shows, gathered from the apps by a table of providers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def build_dashboard(request: HttpRequest) -> dict[str, Any]:
    return {}
