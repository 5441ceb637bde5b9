"""The page on which people decide what no rule could: the product on one side, the items it may be on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import BaseAdmin, show_error
from ecomsync.common.errors import EcomsyncError
from erp.models import Item, StockBalance, UnitOfMeasure
from linking.models import ItemLinker, ItemLinkerLine, LinkState
from linking.services.link_line import link_line, unlink_line

OPEN_STATES = (LinkState.CANDIDATE, LinkState.CONFLICT)
PER_PAGE = 25
REASONS: dict[str, str | Promise] = {
    "code": _("same code"),
    "barcode": _("same barcode"),
    "name": _("same name"),
    "similar_code": _("nearly the same code"),
    "same_identity": _("several items fit the rule"),
    "claimed": _("several products claim this item"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One item a product may be."""

    item: Item
    unit: UnitOfMeasure | None
    reason: str | Promise
    rivals: list[str]
    on_hand: object

    @property
    def value(self) -> str:
        return f"{self.item.pk}:{self.unit.pk if self.unit else ''}"


def review_view(model_admin: BaseAdmin, request: HttpRequest, linker_id: int) -> HttpResponse:
    """Show open lines in pages; a pressed button links one."""
    linker = ItemLinker.objects.select_related("site").filter(pk=linker_id).first()
    if linker is None:
        raise Http404
    if not request.user.has_perm("linking.change_itemlinkerline"):
        raise PermissionDenied
    if request.method == "POST":
        _answer(request, linker)
        return HttpResponseRedirect(request.get_full_path())
    rows = ItemLinkerLine.objects.filter(linker=linker, state__in=OPEN_STATES).order_by(
        "state", "remote_sku", "pk"
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Review Candidates"),
        "subtitle": str(linker),
        "opts": model_admin.opts,
        "original": linker,
        "page": page,
        "rows": _with_choices(page),
    }
    return TemplateResponse(request, "admin/linking/review.html", context)


def _with_choices(page: Page[ItemLinkerLine]) -> list[tuple[ItemLinkerLine, list[Choice]]]:
    """Lines of one page with their items; three statements for all."""
    lines = list(page.object_list)
    proposed: list[dict[str, Any]] = [row for line in lines for row in line.candidates]
    items = Item.objects.select_related("item_group", "brand").in_bulk({row["item"] for row in proposed})
    units = UnitOfMeasure.objects.in_bulk({row["unit"] for row in proposed if row.get("unit")})
    stock = dict(
        StockBalance.objects.filter(item_id__in=items)
        .order_by()
        .values_list("item_id")
        .annotate(sum=Sum("on_hand"))
    )
    return [
        (
            line,
            [
                Choice(
                    item=items[row["item"]],
                    unit=units.get(row.get("unit")),
                    reason=REASONS.get(row["reason"], row["reason"]),
                    rivals=row.get("rivals", []),
                    on_hand=stock.get(row["item"], 0),
                )
                for row in line.candidates
                if row["item"] in items
            ],
        )
        for line in lines
    ]


def _answer(request: HttpRequest, linker: ItemLinker) -> None:
    line = ItemLinkerLine.objects.filter(linker=linker, pk=request.POST.get("line") or 0).first()
    chosen = request.POST.get("choice", "")
    if line is None:
        messages.warning(request, gettext("This line is gone; somebody may have changed it meanwhile."))
        return
    if chosen == "none":
        unlink_line(line, request.user)
        messages.success(request, gettext("%(line)s is set aside.") % {"line": line})
        return
    item_id, _colon, unit_id = chosen.partition(":")
    item = Item.objects.filter(pk=item_id).first() if item_id.isdigit() else None
    if item is None:
        messages.warning(request, gettext("Choose one of the items."))
        return
    try:
        link_line(line, item, request.user, unit=UnitOfMeasure.objects.filter(pk=unit_id or 0).first())
    except EcomsyncError as error:
        show_error(request, error)
    else:
        messages.success(
            request, gettext("%(line)s is linked with %(item)s.") % {"line": line, "item": item.code}
        )
