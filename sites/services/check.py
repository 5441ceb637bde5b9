"""'Test Connection': ask the shop, keep its answer, fill in what staff left empty."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from activity.models import Run
from activity.services import RunReporter, record_event
from ecomsync.common.errors import EcomsyncError
from platforms.types import CheckReport, CheckStep, ShopInfo
from sites.labels import step_label
from sites.models import Site
from sites.runs import request_run
from sites.services.adapters import open_adapter
from sites.services.learned import KEY as LEARNED
from sites.services.learned import close_findings
from sites.services.pause import PASSING_CODES, note_recovery

CURED_BY_CHECK = (
    "bad_credentials", "missing_credentials", "missing_permission", "bad_url", "tls", "private_address", "bad_option",
    "redirected", "insecure_auth", "rest_not_found", "rest_no_route", "rest_disabled", "blocked_by_firewall",
    "method_blocked", "no_woocommerce", *PASSING_CODES,
)  # fmt: skip

TAX_MODE = "prices_include_tax"
#: What a shop does not lose by not telling it.
LASTING = ("name", "version", "currency", "time_zone", "weight_unit")


def check_site(*, site: Site) -> CheckReport:
    """Run all steps and keep the report. Never raises for what the shop or the settings are to blame."""
    try:
        with open_adapter(site, afresh=True, patient=False) as adapter:
            report = adapter.check()
            if report.info is None and report.is_ok:
                report = CheckReport(report.steps, adapter.shop_info())
            close_findings(site, but=[finding.code for finding in adapter.findings])
    except EcomsyncError as error:
        report = CheckReport((CheckStep("connection", "fail", error.message, error.cure),))
    _keep(site, report)
    return report


def _keep(site: Site, report: CheckReport) -> None:
    now = timezone.now()
    with transaction.atomic():
        row = Site.objects.select_for_update().get(pk=site.pk)
        row.last_check = {"steps": [asdict(step) for step in report.steps]}
        row.last_check_at, row.last_check_ok = now, report.is_ok
        columns = ["last_check", "last_check_at", "last_check_ok", "updated_at"]
        if report.info is not None:
            columns += ["shop_info", "shop_info_at", *_keep_info(row, report.info)]
        row.save(update_fields=columns)
        record_event(
            kind="site.checked",
            site_code=row.code,
            subject=row,
            level="success" if report.is_ok else "error",
            payload={"steps": row.last_check["steps"]},
        )
        if report.is_ok:
            note_recovery(row, *CURED_BY_CHECK)
    site.refresh_from_db()


def _keep_info(row: Site, info: ShopInfo) -> list[str]:
    """Take over what the shop told; returns the columns of the site that were empty and are filled now.

    What it does not tell this time stays known. Prices are asked for anew when it counts tax in another way than we knew
    when they were sent.
    """
    told, before = info_as_json(info), dict(row.shop_info)
    silent = {name: before[name] for name in LASTING if told[name] in (None, "") and before.get(name)}
    if before.get(TAX_MODE) is not None and told[TAX_MODE] is None:
        silent[TAX_MODE] = before[TAX_MODE]
    learned = {LEARNED: before[LEARNED]} if LEARNED in before else {}
    row.shop_info, row.shop_info_at = {**told, **silent, **learned}, timezone.now()
    if row.shop_info[TAX_MODE] != before.get(TAX_MODE) and row.update_prices:
        runs = Run.objects.filter(site_code=row.code, action="update_all_prices")
        if before.get(TAX_MODE) is not None or runs.exists():
            request_run(site=row, action="update_all_prices")
    return fill_empty(row, info)


def info_as_json(info: ShopInfo) -> dict[str, Any]:
    """The shop's answer in values that JSON has; amounts become text."""
    return {
        "name": info.name,
        "version": info.version,
        "currency": info.currency,
        "currency_decimals": info.currency_decimals,
        "time_zone": info.time_zone,
        "languages": list(info.languages),
        "prices_include_tax": info.prices_include_tax,
        "weight_unit": info.weight_unit,
        "statuses": [list(pair) for pair in info.statuses],
        "payment_methods": [list(pair) for pair in info.payment_methods],
        "shipping_methods": [list(pair) for pair in info.shipping_methods],
        "locations": [list(pair) for pair in info.locations],
        "taxes": [[code, title, str(rate)] for code, title, rate in info.taxes],
        "price_lists": [list(row) for row in info.price_lists],
        "extra": {str(key): str(value) for key, value in info.extra.items()},
    }


def fill_empty(site: Site, info: ShopInfo) -> list[str]:
    """Take over what staff left empty; returns the columns that changed."""
    changed: list[str] = []
    for column in ("currency", "time_zone"):
        told = getattr(info, column)
        if told and not getattr(site, column):
            setattr(site, column, told)
            changed.append(column)
    if info.languages and not site.languages:
        site.languages = list(info.languages)
        changed.append("languages")
    return changed


def run_check(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """The same as a run, for many sites at once: one note per step."""
    report = check_site(site=site)
    run.found(len(report.steps))
    for step in report.steps:
        with translation.override("en"):  # stored texts are English, and shown in the reader's language
            text = f"{step_label(step.name)}: {step.message} {step.cure}".strip()
        if step.state == "fail":
            run.failed(1, message=text, subject=site)
        else:
            run.unchanged(1)
            run.note(text, level="warning" if step.state == "warn" else "info", subject=site)
