"""System checks: mistakes in our tables and broken platforms are found at the start, not by a worker at night."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks

from ecomsync.common.errors import ConfigurationError
from platforms.registry import adapter_class, platform_entries


def check_platforms(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Each installed platform can be loaded. A broken one warns: the others must still work."""
    found: list[checks.CheckMessage] = []
    for name in platform_entries():
        try:
            adapter_class(name)
        except ConfigurationError as error:
            found.append(checks.Warning(error.message, hint=error.cure, id="ecomsites.W001"))
    return found


def check_actions(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Each dotted path in the tables leads to a function."""
    from sites.runs import ACTIONS, IMMEDIATE

    paths = [(name, action.path) for name, action in ACTIONS.items()]
    paths += [(name, action.path) for name, action in IMMEDIATE.items()]
    found: list[checks.CheckMessage] = []
    for name, path in paths:
        module, _dot, attribute = path.rpartition(".")
        if not apps.is_installed(module.partition(".")[0]):
            continue  # an installation without that app has no such action
        try:
            getattr(import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            found.append(
                checks.Warning(
                    f"The action '{name}' leads to '{path}', which cannot be loaded: {error}.",
                    hint="Correct the table, or install the app that provides it.",
                    id="ecomsites.W002",
                )
            )
    return found


def check_panels(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """The figures on the site page count tables and columns that exist."""
    from sites.panels import missing_tables

    return [
        checks.Warning(f"sites.panels counts '{name}', which does not exist.", id="ecomsites.W003")
        for name in missing_tables()
    ]


def check_form(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """The tables that shape the form name columns of Site."""
    from sites.models import Site
    from sites.shown import NOT_YET, SHOWN_FOR, SWITCHES

    columns = {field.name for field in Site._meta.get_fields()} | {"webhook_url"}
    strange = sorted((set(SHOWN_FOR) | set(NOT_YET) | set(SWITCHES)) - columns)
    if not strange:
        return []
    return [
        checks.Error(f"sites.shown names fields that Site lacks: {', '.join(strange)}.", id="ecomsites.E001")
    ]


def register() -> None:
    checks.register(check_platforms, "ecomsites")
    checks.register(check_actions, "ecomsites")
    checks.register(check_panels, "ecomsites")
    checks.register(check_form, "ecomsites")
