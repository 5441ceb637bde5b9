"""The list of what shops and ERP do not agree about, and what staff do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity.admin.common import SiteCodeFilter, subject_link
from activity.difference_kinds import kinds_for
from activity.masking import mask_text
from activity.models import Difference, Run
from activity.services.differences import ignore_rows, reopen_ignored
from ecomsync.common.admin import ReadOnlyAdmin, change_url, chip, link, object_action, state_chip, time_ago
from ecomsync.common.remedies import known_codes, remedy_for
from ecomsync.common.stored_text import in_reader_language
from sites.admin.differences_csv import differences_csv
from sites.kick import publish_runs
from sites.services.repair_differences import request_repair

RESOLVE = "activity.resolve_difference"
Kind, Problem, State = Difference.Kind, Difference.Problem, Difference.State
PROBLEM_TONES = {"missing": "bad", "extra": "info", "different": "warn"}

#: What the repair of a difference does.
REPAIRS: Mapping[tuple[str, str], Any] = {
    (Kind.ORDER, Problem.MISSING): _("The order is read from the shop and imported."),
    (Kind.ORDER, Problem.DIFFERENT): _("The order is read from the shop again, by the rules of the site for changes."),
    (Kind.ORDER, Problem.EXTRA): _(
        "An order that waits here is cancelled, and its units are for sale again. Documents are left to staff."
    ),
    (Kind.STOCK, Problem.DIFFERENT): _("The quantity of the ERP is sent, even if it was sent before."),
    (Kind.PRICE, Problem.DIFFERENT): _("The price of the ERP is sent, even if it was sent before."),
    (Kind.PRODUCT, Problem.MISSING): _(
        "The link is marked as missing in the shop; where the site creates products, the product is made anew."
    ),
    (Kind.PRODUCT, Problem.EXTRA): _("‘Link Items’ looks for the item of the product; doubtful ones become candidates."),
    (Kind.PRODUCT, Problem.DIFFERENT): _(
        "A new SKU is taken over from the shop; visibility is sent as the item says."
    ),
}  # fmt: skip


def can_repair(row: Difference) -> bool:
    return row.state in (State.OPEN, State.ASKED)


def is_ignored(row: Difference) -> bool:
    return row.state == State.IGNORED


def reason_of(row: Difference) -> str:
    """Why it is so, or why it could not be repaired; codes become words."""
    if row.message in known_codes():
        return str(remedy_for(row.message).title)
    return mask_text(in_reader_language(row.message))


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    list_display = (
        "record",
        "site_code",
        "kind_shown",
        "problem_shown",
        "what",
        "shop",
        "erp",
        "state_shown",
        "seen",
    )
    list_filter = ("state", SiteCodeFilter, "kind", "problem", "aspect", "last_seen")
    search_fields = ("subject_label", "key", "shop_value", "erp_value", "message", "site_code")
    search_help_text = _("Record, SKU, order number or value")
    status_counts = "state"
    object_actions = ("repair", "repair_run", "ignore", "reopen", "export_csv")
    fields = ("message",)
    panels_only = True

    # -- list ---------------------------------------------------------------------
    @admin.display(description=_("record"), ordering="subject_label")
    def record(self, row: Difference) -> SafeString:
        name = mask_text(row.subject_label) or row.key
        reason = reason_of(row)
        quiet = format_html('<br><bdi class="quiet">{}</bdi>', reason[:160]) if reason else ""
        return format_html("<b><bdi>{}</bdi></b>{}", name, quiet)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_shown(self, row: Difference) -> str:
        return row.get_kind_display()

    @admin.display(description=_("problem"), ordering="problem")
    def problem_shown(self, row: Difference) -> SafeString:
        return chip(row.get_problem_display(), PROBLEM_TONES.get(row.problem, "mute"))

    @admin.display(description=_("what differs"), ordering="aspect")
    def what(self, row: Difference) -> str:
        return row.get_aspect_display()

    @admin.display(description=_("in the shop"))
    def shop(self, row: Difference) -> SafeString:
        return _value(row.shop_value)

    @admin.display(description=_("in the ERP"))
    def erp(self, row: Difference) -> SafeString:
        return _value(row.erp_value)

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: Difference) -> SafeString:
        return state_chip(row)

    @admin.display(description=_("last seen"), ordering="last_seen")
    def seen(self, row: Difference) -> SafeString:
        return time_ago(row.last_seen)

    # -- actions --------------------------------------------------------------------
    @object_action(
        label=_("Repair selected"),
        permission=RESOLVE,
        visible=can_repair,
        tone="primary",
        confirm=_(
            "Stock, prices and products: the ERP's are sent. Orders: the shop's are read. The page of each difference "
            "says what its repair does."
        ),
    )
    def repair(self, request: HttpRequest, queryset: QuerySet[Difference], form: object = None) -> Any:
        return self._start(request, queryset)

    @object_action(
        label=_("Repair all of this run"),
        permission=RESOLVE,
        confirm=_("All open differences that the comparison of the chosen ones found last are repaired."),
    )
    def repair_run(self, request: HttpRequest, queryset: QuerySet[Difference], form: object = None) -> Any:
        runs = queryset.exclude(run=None).order_by().values("run")
        return self._start(request, Difference.objects.filter(run__in=runs))

    def _start(self, request: HttpRequest, rows: QuerySet[Difference]) -> Any:
        """One run per site. A single one is shown; several are counted."""
        rows = rows.filter(state__in=(State.OPEN, State.ASKED))
        allowed = rows.filter(kind__in=kinds_for(request.user))
        left = rows.count() - allowed.count()
        if left:
            text = ngettext(
                "%(count)s difference was left out: you may not have it repaired.",
                "%(count)s differences were left out: you may not have them repaired.",
                left,
            )
            messages.error(request, text % {"count": left})
        runs, refused = request_repair(rows=allowed, user=request.user)
        for code, reason in refused.items():
            messages.warning(request, f"{code}: {reason or _t('The site does not exist any more.')}")
        if runs:
            transaction.on_commit(publish_runs)
        if len(runs) == 1:
            return runs[0]
        if runs:
            text = ngettext("%(count)s run was started.", "%(count)s runs were started.", len(runs))
            messages.success(request, text % {"count": len(runs)})
        elif not left and not refused:
            messages.warning(request, _t("None of the chosen differences is open."))
        return None

    @object_action(
        label=_("Ignore selected"),
        permission=RESOLVE,
        visible=can_repair,
        hint=_("It is known and well so; it stays ignored while it differs in the same way."),
    )
    def ignore(self, request: HttpRequest, queryset: QuerySet[Difference], form: object = None) -> None:
        count = ignore_rows(queryset)
        text = ngettext("%(count)s difference is ignored.", "%(count)s differences are ignored.", count)
        messages.success(request, text % {"count": count})

    @object_action(label=_("Ignore no more"), permission=RESOLVE, visible=is_ignored)
    def reopen(self, request: HttpRequest, queryset: QuerySet[Difference], form: object = None) -> None:
        count = reopen_ignored(queryset)
        text = ngettext("%(count)s difference is open again.", "%(count)s differences are open again.", count)
        messages.success(request, text % {"count": count})

    @object_action(
        label=_("Export as CSV"),
        permission="view",
        on_object=False,
        hint=_("The chosen differences as a table."),
    )
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[Difference], form: object = None
    ) -> StreamingHttpResponse:
        return differences_csv(queryset)

    # -- pages ----------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        views = (("of-run", self.of_run, "of_run"), ("of-repair", self.of_repair, "of_repair"))
        own = [
            path(
                f"{address}/<int:run_id>/",
                self.admin_site.admin_view(view),
                name=f"activity_difference_{name}",
            )
            for address, view, name in views
        ]
        return [*own, *super().get_urls()]

    def of_run(self, request: HttpRequest, run_id: int) -> HttpResponseRedirect:
        """The report of a comparison leads to what it found."""
        return _listing({"run__id__exact": run_id})

    def of_repair(self, request: HttpRequest, run_id: int) -> HttpResponseRedirect:
        """The report of a repair leads to what it tried."""
        run = get_object_or_404(Run, pk=run_id)
        began = run.started_at or run.created_at
        return _listing({"site_code": run.site_code, "tried_at__gte": began.isoformat()})

    def object_panels(self, request: HttpRequest, obj: Difference) -> Sequence[dict[str, Any]]:
        facts = [
            (_("Record"), subject_link(obj) if obj.subject_type else mask_text(obj.subject_label) or obj.key),
            (_("Site"), obj.site_code),
            (_("Kind"), obj.get_kind_display()),
            (_("Problem"), self.problem_shown(obj)),
            (_("What differs"), obj.get_aspect_display()),
            (_("In the shop"), _value(obj.shop_value)),
            (_("In the ERP"), _value(obj.erp_value)),
        ]
        if obj.message:
            facts.append((_("Message"), reason_of(obj)))
        run = link(change_url("activity.run", obj.run_id), str(obj.run)) if obj.run_id else "–"
        story = [
            (_("First seen"), time_ago(obj.first_seen)),
            (_("Last seen"), time_ago(obj.last_seen)),
            (_("Run"), run),
            (_("Repair asked at"), format_html("{} {}", time_ago(obj.asked_at), obj.asked_by)),
            (_("Repair tried at"), time_ago(obj.tried_at)),
            (_("Closed at"), time_ago(obj.closed_at)),
        ]
        panels: list[dict[str, Any]] = [
            {"title": _("Difference"), "facts": facts, "tone": "bad" if obj.state == State.OPEN else "ok"},
            {"title": _("What happened"), "facts": story},
        ]
        repair = REPAIRS.get((obj.kind, obj.problem))
        if repair and can_repair(obj):
            panels.append({"title": _("What the repair does"), "text": repair, "wide": True})
        return panels


def _value(text: str) -> SafeString:
    """Left to right, since they are figures and codes; words among them are translated."""
    shown = in_reader_language(text)
    return format_html("<bdi{}>{}</bdi>", SafeString(' dir="ltr"') if shown == text else "", shown or "–")


def _listing(query: Mapping[str, Any]) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('admin:activity_difference_changelist')}?{urlencode(query)}")
