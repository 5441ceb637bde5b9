"""`manage.py settings_matrix`: writes which setting of a site works on which platform into sites/README.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Field
from django.utils import translation

from platforms.base import PlatformAdapter
from platforms.registry import BUILT_IN, adapter_class
from sites.audit import LINE_MODELS, STATE_COLUMNS
from sites.models.behaviour import BehaviourSettings
from sites.models.catalogue_settings import CatalogueSettings
from sites.models.connection import ConnectionSettings
from sites.models.order_settings import OrderSettings
from sites.runs import ACTIONS
from sites.shown import INLINES_SHOWN_FOR, NOT_YET, is_shown

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- settings: made by manage.py settings_matrix -->", "<!-- end of settings -->"
SECTIONS: Sequence[tuple[str, type[Any]]] = (
    ("Connection Settings and Webhook", ConnectionSettings),
    ("Integration Behavior", BehaviourSettings),
    ("Order Processing", OrderSettings),
    ("Product Synchronization, Inventory, Prices", CatalogueSettings),
)
INTERNAL = frozenset({"platform_options", "platform_secrets", "shop_info", "webhook_public_id"})
CREDENTIALS = frozenset(
    {
        "username",
        "password",
        "gateway_client_id",
        "gateway_client_secret",
        "gateway_url",
        "authorization_code",
        "access_token",
        "refresh_token",
        "token_expires_at",
        "scopes",
        "api_version",
    }
)


def matrix() -> str:
    """The whole text between the marks."""
    adapters = [adapter_class(entry.name) for entry in BUILT_IN]
    with translation.override("en"):
        return "\n".join([*_settings(adapters), *_tables(adapters), *_actions(adapters)])


def _settings(adapters: Sequence[type[PlatformAdapter]]) -> Iterator[str]:
    for title, part in SECTIONS:
        yield from _head(f"### {title}", ("Setting", "Meaning"), adapters)
        for field in part._meta.get_fields():
            if isinstance(field, Field) and field.name not in INTERNAL.union(STATE_COLUMNS):
                cells = [_cell(field.name, adapter) for adapter in adapters]
                yield _row(str(field.verbose_name), str(field.help_text), *cells)
        yield ""


def _cell(name: str, adapter: type[PlatformAdapter]) -> str:
    if name in NOT_YET:
        return "not yet"
    if name in CREDENTIALS:
        return "yes" if name in {field.name for field in adapter.credential_fields} else "–"
    return "yes" if is_shown(name, adapter.capabilities) else "–"


def _tables(adapters: Sequence[type[PlatformAdapter]]) -> Iterator[str]:
    yield from _head("### Detail tables", ("Table", "Columns"), adapters)
    for model in LINE_MODELS:
        relation = model._meta.get_field("site").remote_field.related_name
        columns = [
            str(field.verbose_name)
            for field in model._meta.concrete_fields
            if field.name not in ("id", "site", "line_no", "active")
        ]
        need = INLINES_SHOWN_FOR.get(str(relation))
        cells = ["yes" if need is None or need(adapter.capabilities) else "–" for adapter in adapters]
        yield _row(str(model._meta.verbose_name_plural), ", ".join(columns), *cells)
    yield ""


def _actions(adapters: Sequence[type[PlatformAdapter]]) -> Iterator[str]:
    yield from _head("### Long actions", ("Action",), adapters)
    for action in ACTIONS.values():
        cells = [
            "yes" if not action.needs or getattr(adapter.capabilities, action.needs) else "–"
            for adapter in adapters
        ]
        yield _row(str(action.label), *cells)


def _head(title: str, columns: Sequence[str], adapters: Sequence[type[PlatformAdapter]]) -> Iterator[str]:
    names = [*columns, *(adapter.label_en for adapter in adapters)]
    yield from (title, "", _row(*names), _row(*("---" for _name in names)))


def _row(*cells: str) -> str:
    return "| " + " | ".join(re.sub(r"\s+", " ", cell).replace("|", "/") for cell in cells) + " |"


def with_matrix(text: str) -> str:
    """The README with the present matrix between its marks."""
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{matrix()}\n\n{END}{after}"


class Command(BaseCommand):
    help = "Writes which setting of a site works on which platform into sites/README.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say whether the file is true")

    def handle(self, *args: Any, **options: Any) -> None:
        text = README.read_text(encoding="utf-8")
        fresh = with_matrix(text)
        if not options["check"]:
            README.write_text(fresh, encoding="utf-8")
        elif fresh != text:
            raise CommandError("sites/README.md is out of date: run manage.py settings_matrix.")
