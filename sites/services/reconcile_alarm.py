"""One alert when a comparison finds more differences than the site takes for normal."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override

from activity.models import Difference
from activity.services import RunReporter, clear_alerts, raise_alert
from sites.choices import AlarmUnit
from sites.models import Site

#: Action -> code of its alert: orders and catalogue are compared by runs of their own.
ALERTS = {"reconcile": "catalogue_differs", "reconcile_orders": "orders_differ"}


def judge_comparison(*, run: RunReporter, site: Site) -> int:
    """Raise the alert of this comparison, or close it. Returns how many differences are open; ignored ones never count.

    To be called once the comparison is complete.
    """
    run.flush()
    run.run.refresh_from_db(fields=["found"])
    number = Difference.objects.filter(run=run.run, state=Difference.State.OPEN).count()
    code = ALERTS[run.run.action]
    if not is_too_much(site, number=number, found=run.run.found):
        clear_alerts(code=code, site_code=site.code)
        return number
    with override("en"):
        message = _(
            "%(number)s differences between shop and ERP in %(found)s records compared; more than %(limit)s is too many."
        ) % {"number": number, "found": run.run.found, "limit": _limit_text(site)}
    raise_alert(
        code=code,
        message=message,
        site_code=site.code,
        level="warning",
        details={"run": run.run.pk, "differences": number, "found": run.run.found},
    )
    return number


def is_too_much(site: Site, *, number: int, found: int) -> bool:
    """Above the limit; as many as the limit is still well."""
    if site.reconcile_alarm_unit == AlarmUnit.PERCENT:
        return number * Decimal(100) > site.reconcile_alarm_above * found
    return number > site.reconcile_alarm_above


def _limit_text(site: Site) -> str:
    limit = f"{Decimal(site.reconcile_alarm_above).normalize():f}"
    return f"{limit} %" if site.reconcile_alarm_unit == AlarmUnit.PERCENT else limit
