"""Settings of a site as a file: versioned JSON without secrets, and back again with a diff first.

References to ERP records go by their codes. What is tied to one installation or to one shop's keys stays out:
secrets, webhook id, pause, what the shop told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils.translation import gettext as _

from activity.services import record_event
from ecomsync.common.fields import EncryptedTextField
from sites.audit import LINE_MODELS, STATE_COLUMNS
from sites.models import Site

FORMAT = "ecomsync.site"
VERSION = 1
MAX_FILE_BYTES = 2 * 1024 * 1024
NOT_SETTINGS = frozenset(
    {
        *STATE_COLUMNS,
        "id",
        "code",
        "site_type",
        "paused",
        "pause_reason",
        "pause_code",
        "paused_at",
        "webhook_public_id",
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. old and new are as staff would read them."""

    label: str
    old: str
    new: str


@dataclass(slots=True)
class ImportPlan:
    """What an import would do. Nothing can be applied while there are problems."""

    settings: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def setting_fields(model: type[models.Model] = Site) -> Iterator[models.Field[Any, Any]]:
    """Columns that travel: neither secrets nor state."""
    for column in model._meta.concrete_fields:
        if isinstance(column, EncryptedTextField) or column.primary_key or column.name in NOT_SETTINGS:
            continue
        if model is not Site and column.name == "site":
            continue
        yield column


def line_models() -> Iterator[tuple[str, type[models.Model]]]:
    """(related name, model) of the detail tables."""
    for model in LINE_MODELS:
        yield str(model._meta.get_field("site").remote_field.related_name), model


def export_settings(*, site: Site) -> dict[str, Any]:
    """The settings as values that JSON has."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": site.code,
        "site_type": site.site_type,
        "settings": _row(site),
        "lines": {name: [_row(line) for line in getattr(site, name).all()] for name, _model in line_models()},
    }


def export_text(*, site: Site) -> str:
    return json.dumps(export_settings(site=site), ensure_ascii=False, indent=2, cls=DjangoJSONEncoder)


def _row(row: models.Model) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in setting_fields(type(row)):
        value = getattr(row, column.name)
        if column.is_relation:
            value = value.code if value is not None else None
        elif not isinstance(column, models.JSONField) and value is not None:
            value = _plain(column, value, row)
        found[column.name] = value
    return found


def _plain(column: models.Field[Any, Any], value: Any, row: models.Model) -> bool | int | str:
    """Amounts without trailing zeros, so that a fresh value and one from the database read alike."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if isinstance(value, bool | int | str) else column.value_to_string(row)


def read_file(text: str) -> dict[str, Any]:
    """Raises ValidationError that names what is wrong with the file."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        text = _("This is not a JSON file: line %(line)s, column %(column)s cannot be read.")
        raise ValidationError(text % {"line": error.lineno, "column": error.colno}) from error
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("This is not a JSON file: %(reason)s.") % {"reason": error}) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValidationError(
            _("This file does not hold the settings of a site. Choose one made by ‘Export Settings’.")
        )
    if content.get("version") != VERSION:
        raise ValidationError(
            _("The file has version %(found)s; this installation reads version %(known)s.")
            % {"found": content.get("version"), "known": VERSION}
        )
    lines = content.get("lines", {})
    well_formed = isinstance(content.get("settings"), dict) and isinstance(lines, dict)
    if not well_formed or not all(_is_table(rows) for rows in lines.values()):
        raise ValidationError(_("The file is damaged: ‘settings’ or ‘lines’ is not what it should be."))
    return content


def _is_table(rows: object) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def plan_import(*, site: Site, content: dict[str, Any]) -> ImportPlan:
    """What would change, and what stands against it. Nothing is written."""
    plan = ImportPlan()
    if content.get("site_type") != site.site_type:
        plan.problems.append(
            _("The file is of a site of type %(theirs)s, this one is %(ours)s.")
            % {"theirs": content.get("site_type"), "ours": site.site_type}
        )
        return plan
    plan.settings = _readable(Site, content["settings"], plan.problems, _("settings"))
    present = _row(site)
    for name in plan.settings:
        raw = content["settings"][name]
        if raw != present[name]:
            label = str(Site._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            plan.changes.append(Change(label, _shown(present[name]), _shown(raw)))
    _plan_lines(site, content.get("lines", {}), plan)
    if not plan.problems:
        plan.problems.extend(_try(site, plan))
    return plan


def _plan_lines(site: Site, tables: dict[str, list[dict[str, Any]]], plan: ImportPlan) -> None:
    known = dict(line_models())
    plan.problems.extend(
        _("Unknown table ‘%(name)s’.") % {"name": name} for name in tables if name not in known
    )
    for name, model in known.items():
        if name not in tables:
            continue
        present = [_row(line) for line in getattr(site, name).all()]
        if tables[name] == present:
            continue
        label = str(model._meta.verbose_name_plural)
        plan.lines[name] = [_readable(model, row, plan.problems, label) for row in tables[name]]
        old = _("%(count)s lines") % {"count": len(present)}
        new = _("%(count)s lines, %(differing)s of them new or changed") % {
            "count": len(tables[name]),
            "differing": sum(row not in present for row in tables[name]),
        }
        plan.changes.append(Change(label, old, new))


def _readable(
    model: type[models.Model], row: dict[str, Any], problems: list[str], where: str
) -> dict[str, Any]:
    """The row with references found by their codes; what cannot be read becomes a problem."""
    allowed = {column.name: column for column in setting_fields(model)}
    found: dict[str, Any] = {}
    for name, value in row.items():
        column = allowed.get(name)
        if column is None:
            problems.append(_("%(where)s: there is no setting ‘%(name)s’.") % {"where": where, "name": name})
            continue
        try:
            found[name] = _value(column, value)
        except (ValidationError, FieldDoesNotExist) as error:
            reason = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            problems.append(f"{where}: {column.verbose_name}: {reason}")
    return found


def _value(column: models.Field[Any, Any], value: Any) -> Any:
    if column.is_relation:
        if value is None:
            return None
        related = column.related_model
        row = related._default_manager.filter(code=str(value)).first()  # type: ignore[union-attr]
        if row is None:
            raise ValidationError(
                _("there is no %(kind)s with code ‘%(code)s’ here. Create it first.")
                % {"kind": related._meta.verbose_name, "code": value}  # type: ignore[union-attr]
            )
        return row
    if isinstance(column, models.JSONField) or value is None:
        return value
    return column.to_python(value)


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


class _Undo(Exception):
    """Leaves the trial transaction."""


def _try(site: Site, plan: ImportPlan) -> list[str]:
    """Apply in a transaction that is rolled back, to hear what validation says."""
    problems: list[str] = []
    try:
        with transaction.atomic():
            try:
                _write(Site.objects.get(pk=site.pk), plan)
            except ValidationError as error:
                problems.extend(_messages(error))
            raise _Undo
    except _Undo:
        return problems


def _messages(error: ValidationError) -> list[str]:
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    return [f"{name}: {text}" for name, texts in error.message_dict.items() for text in texts]


def apply_import(*, site: Site, content: dict[str, Any], user: Any = None) -> ImportPlan:
    """Write the settings of the file. Raises ValidationError with all problems; then nothing was written."""
    with transaction.atomic():
        row = Site.objects.select_for_update().get(pk=site.pk)
        plan = plan_import(site=row, content=content)
        if plan.problems:
            raise ValidationError(plan.problems)
        _write(row, plan)
        changes = [[change.label, change.old, change.new] for change in plan.changes]
        record_event(
            kind="site.imported",
            site_code=row.code,
            subject=row,
            payload={"changes": changes},
            level="success",
            actor=user,
        )
    return plan


def _write(site: Site, plan: ImportPlan) -> None:
    for name, value in plan.settings.items():
        setattr(site, name, value)
    site.full_clean()
    site.save()
    models_by_name = dict(line_models())
    for name, rows in plan.lines.items():
        for line in getattr(site, name).all():
            line.delete()  # one by one, so that the audit trail and the receivers hear of each
        for values in rows:
            new = models_by_name[name](site=site, **values)
            new.full_clean()
            new.save()
