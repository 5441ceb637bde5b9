"""The cards above the form of a site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import ReportTable, chip, code_text, link, time_ago
from ecomsync.common.errors import ConfigurationError
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from sites.budget import budget_figures
from sites.labels import step_label
from sites.models import Site
from sites.panels import CheckItem, Figure, backlog, checklist
from sites.services.pause import BY_STAFF
from sites.services.probe import next_probe_at

#: From when the end of the platform's interface version is a warning.
WARN_DAYS = 90


def status_chip(site: Site) -> SafeString:
    """Inactive, paused, dry run or working."""
    if not site.active:
        return chip(_("inactive"), "mute")
    if site.paused:
        return chip(_("paused"), "warn")
    if site.last_check_ok is None:
        return chip(_("not tested"), "info")
    if not site.last_check_ok:
        return chip(_("connection fails"), "bad")
    return chip(_("dry run"), "info") if site.dry_run else chip(_("working"), "ok")


def figure_chips(figures: Sequence[Figure]) -> SafeString:
    """What waits and what failed, each leading to its list."""
    if not figures:
        return chip(_("nothing waits"), "ok")
    chips = ((link(figure.url, chip(f"{figure.label}: {figure.count}", figure.tone)),) for figure in figures)
    return format_html_join(" ", "{}", chips)


def site_panels(site: Site) -> list[dict[str, Any]]:
    """Status, backlog, call budget and the set-up checklist."""
    try:
        return [_pause(site), _status(site), _budget(site), *_setup(site)] if site.paused else [
            _status(site), _budget(site), *_setup(site)
        ]  # fmt: skip
    except ConfigurationError as error:
        text = f"{error.message} {error.cure}"
        return [
            {
                "title": _("The platform of this site is not available"),
                "text": text,
                "tone": "bad",
                "wide": True,
            }
        ]


def _pause(site: Site) -> dict[str, Any]:
    lines = [
        format_html("<bdi>{}</bdi> — {}", in_reader_language(site.pause_reason), time_ago(site.paused_at))
    ]
    if site.pause_code not in ("", BY_STAFF):
        remedy = remedy_for(site.pause_code)
        lines.insert(0, format_html("{}. {}", remedy.title, remedy.cure))
    again = next_probe_at(site)
    if again is not None:
        when = time_ago(again) if again > timezone.now() else gettext("within a minute")
        told = gettext("The keys are tried again by themselves, {when}; when they work, the site goes on.")
        lines.append(format_html(told, when=when))
    text = format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))
    return {"title": _("This site is paused"), "text": text, "tone": "warn", "wide": True}


def _status(site: Site) -> dict[str, Any]:
    cursors = {cursor.flow: cursor for cursor in site.cursors.all()}
    facts: list[tuple[Any, Any]] = [
        (_("Status"), status_chip(site)),
        (_("Connection tested"), time_ago(site.last_check_at)),
        (_("Waiting and failed"), figure_chips(backlog([site])[site.pk])),
    ]
    for flow, label in (("orders", _("Orders read")), ("returns", _("Returns read"))):
        cursor = cursors.get(flow)
        if cursor is not None:
            shown = (
                chip(in_reader_language(cursor.last_error)[:100], "bad")
                if cursor.last_error
                else time_ago(cursor.last_ok_at)
            )
            facts.append((label, shown))
    if site.webhook_integration_enabled:
        facts.append((_("Last webhook"), time_ago(site.last_webhook_read_at)))
    if site.token_expires_at:
        facts.append((_("Token lapses"), time_ago(site.token_expires_at)))
    served = site.adapter_class.served_until(site.api_version)
    if served is not None:
        facts.append((_("Interface version"), _countdown(*served)))
    return {"title": _("Status"), "facts": facts}


def _countdown(version: str, end: date) -> SafeString:
    """How long the platform goes on serving the version that is called."""
    days = (end - timezone.now().date()).days
    if days <= 0:
        return chip(gettext("%(version)s: ended") % {"version": version}, "bad")
    text = ngettext("%(version)s: %(days)s day left", "%(version)s: %(days)s days left", days)
    return chip(text % {"version": version, "days": days}, "warn" if days < WARN_DAYS else "ok")


def _budget(site: Site) -> dict[str, Any]:
    figures = budget_figures(site)
    told = gettext("told by the shop")
    facts: list[tuple[Any, Any]] = [
        (_("Calls per second"), _rate(figures.rate, told if figures.told else "")),
        (_("Parallel calls"), figures.parallel),
        (_("Calls of the last minute"), figures.used),
    ]
    if figures.left is not None:
        facts.append((_("Calls left now"), f"{max(0.0, figures.left):.0f} / {figures.capacity:.0f}"))
    facts.append((_("Callers that wait"), chip(figures.waiting, "warn") if figures.waiting else 0))
    if figures.blocked:
        facts.append((_("Pause asked for by the shop"), chip(_seconds(figures.blocked), "warn")))
    if figures.circuit == "open":
        facts.append((_("The shop fails and is left alone for"), chip(_seconds(figures.rests), "bad")))
    elif figures.circuit == "half-open":
        facts.append((_("The shop failed"), chip(_("the next call tries whether it is back"), "warn")))
    if not figures.is_known:
        facts.append((_("Shared budget"), chip(_("Redis does not answer: calls are slowed down"), "bad")))
    return {"title": _("Call budget"), "facts": facts}


def _rate(rate: float | None, note: str) -> str:
    shown = f"{rate:g}" if rate else gettext("no limit")
    return f"{shown} ({note})" if note else shown


def _seconds(seconds: float) -> str:
    return gettext("%(seconds)d s") % {"seconds": round(seconds)}


def _setup(site: Site) -> list[dict[str, Any]]:
    items = [item for item in checklist(site) if item.done is not None]
    done = sum(bool(item.done) for item in items)
    if done == len(items):
        return []
    table = ReportTable(rows=[_setup_row(item) for item in items])
    title = gettext("Initial setup: %(done)s of %(all)s") % {"done": done, "all": len(items)}
    return [{"title": title, "table": table, "wide": True}]


def _setup_row(item: CheckItem) -> tuple[object, ...]:
    mark = chip("✓", "ok") if item.done else chip("○", "mute")
    hint = "" if item.done else (link(f"#{item.tab}", item.hint) if item.tab else item.hint)
    return mark, item.label, hint


def check_summary(site: Site) -> SafeString:
    """The last connection test in a few lines."""
    steps = site.last_check.get("steps", []) if isinstance(site.last_check, dict) else []
    if not steps:
        return SafeString("–")
    tones = {"ok": "ok", "warn": "warn", "fail": "bad"}
    rows = (
        (
            chip(step_label(step["name"]), tones.get(step["state"], "mute")),
            " ".join(in_reader_language(step[key]) for key in ("message", "cure") if step.get(key)),
        )
        for step in steps
    )
    return format_html(
        "{}<br>{}", time_ago(site.last_check_at), format_html_join(SafeString("<br>"), "{} {}", rows)
    )


def shop_version(site: Site) -> object:
    return code_text(f"{site.shop_info.get('name', '')} {site.shop_info.get('version', '')}".strip())
