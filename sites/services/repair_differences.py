"""The run that repairs what staff chose from the list of differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import QuerySet

from activity.models import Difference, Run
from activity.services import RunReporter
from activity.services.differences import ask_repair, asked_rows, repair_rows
from sites.models import Site
from sites.runs import refusal, request_run

PAGE = 200
ACTION = "repair_differences"


def request_repair(
    *, rows: QuerySet[Difference], user: AbstractBaseUser | AnonymousUser
) -> tuple[list[Run], dict[str, Any]]:
    """Mark the rows and ask for one run per site. Returns the runs, and why sites were left out.

    The caller is a door: it publishes the runs after commit.
    """
    runs: list[Run] = []
    refused: dict[str, Any] = {}
    codes = set(rows.order_by().values_list("site_code", flat=True).distinct())
    sites = {site.code: site for site in Site.objects.filter(code__in=codes)}
    for code in sorted(codes):
        site = sites.get(code)
        reason = refusal(site, ACTION) if site is not None else None
        if site is None or reason:
            refused[code] = reason or ""
            continue
        with transaction.atomic():
            if ask_repair(rows.filter(site_code=code), by=user.get_username()):
                runs.append(request_run(site=site, action=ACTION, user=user))
    return runs, refused


def repair_differences(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """Repair what was asked for. May be repeated at any time: what was tried does not come again.

    params["all"]: all open differences of the site; params["kinds"]: of these kinds only.
    """
    if params.get("all") and not run.resumed_from:
        ask_repair(_open_ones(site, params.get("kinds") or ()), by="")
        run.checkpoint(asked=True)
    for rows in asked_rows(site.code, page=PAGE):
        run.check_cancelled()
        run.found(len(rows))
        results = repair_rows(run=run, rows=rows)
        for row in rows:
            result = results.get(row.pk)
            if result is None:
                run.skipped()
            elif result.state == Difference.State.OPEN:
                run.held(1, f"{row.subject_label or row.key}: {result.message}", subject=_subject(row))
            else:
                run.updated()


def _open_ones(site: Site, kinds: Iterable[str]) -> QuerySet[Difference]:
    rows = Difference.objects.filter(site_code=site.code, state=Difference.State.OPEN)
    return rows.filter(kind__in=list(kinds)) if kinds else rows


def _subject(row: Difference) -> tuple[str, object, str]:
    return (row.subject_type, row.subject_id, row.subject_label)
