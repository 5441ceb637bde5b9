"""One page that maps a payment or shipping method of the shop, and lets go what waited for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from erp.models import Item, ItemType
from orders.models import Order, OrderHold
from orders.reasons import HoldCode
from orders.services.heal import heal_orders
from orders.states import ImportOutcome, OrderSource
from sites.models import PaymentMethodLine, ShippingItemLine, Site
from sites.models.lines import ANY_CODE

PERMISSION = "ecomsites.change_site"
#: More than so many are imported by a worker, not while the page waits.
AT_ONCE = 25

MethodLine = PaymentMethodLine | ShippingItemLine


class _MethodForm(forms.ModelForm):  # type: ignore[type-arg]
    """Asks for what the ERP must know; code and title of the shop are filled in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("fee_item", "service_item"):
            if name in self.fields:
                field: Any = self.fields[name]
                field.queryset = Item.objects.filter(item_type=ItemType.SERVICE, active=True).order_by("code")
        for name in ("remote_code", "remote_title"):
            self.fields[name].widget.attrs |= {"dir": "auto", "class": "vTextField"}

    def clean_remote_code(self) -> str:
        return str(self.cleaned_data["remote_code"]).strip() or ANY_CODE


class PaymentForm(_MethodForm):
    class Meta:
        model = PaymentMethodLine
        fields = (
            "remote_code",
            "remote_title",
            "payment_method",
            "calculation_type",
            "value",
            "settles_immediately",
            "import_policy",
            "fee_item",
            "settlement_tolerance",
        )


class ShippingForm(_MethodForm):
    class Meta:
        model = ShippingItemLine
        fields = (
            "remote_code",
            "remote_title",
            "service_item",
            "delivery_method",
            "cost_calculation",
            "value",
            "tax_plan",
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of method: the reason it holds orders for, its table on the site, its form and the page's words."""

    code: str
    table: str
    form: type[_MethodForm]
    title: Promise


KINDS: Mapping[str, Kind] = {
    "payment": Kind(
        HoldCode.UNMAPPED_PAYMENT, "payment_methods", PaymentForm, _("Map a payment method of the shop")
    ),
    "shipping": Kind(
        HoldCode.UNMAPPED_SHIPPING, "shipping_items", ShippingForm, _("Map a shipping method of the shop")
    ),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the shared page of actions shows of this one."""

    label: Promise | str
    hint: Promise | str = ""
    tone: str = "primary"


def mapping_view(model_admin: Any, request: HttpRequest, site_id: int, kind: str) -> HttpResponse:
    """GET shows the form with code and title filled in; POST saves the row and imports what it held."""
    wanted = KINDS.get(kind)
    site = Site.objects.filter(pk=site_id).first()
    if wanted is None or site is None:
        raise Http404
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    code = request.GET.get("code", "").strip()
    bound = request.method == "POST"
    typed = request.POST.get("remote_code", "").strip() if bound else code
    line = _line_of(site, wanted, typed)
    if not bound and line.pk is None:
        line.remote_code, line.remote_title = typed or ANY_CODE, _title_of(site, wanted, typed)
    form = wanted.form(request.POST, instance=line) if bound else wanted.form(instance=line)
    if bound and form.is_valid():
        _save(form, site)
        _release(request, site, wanted, form.instance.remote_code)
        return HttpResponseRedirect(_back(request, site))
    return _page(model_admin, request, site, wanted, form, typed)


def first_unmapped(order: Order) -> tuple[str, OrderHold] | None:
    """The kind and the hold of the first method that this order waits for."""
    codes = {kind.code: name for name, kind in KINDS.items()}
    hold = order.holds.filter(released_at=None, code__in=codes).order_by("id").first()
    return (codes[hold.code], hold) if hold is not None else None


def mapping_address(order: Order) -> str:
    """The page that maps what this order waits for; "" when it waits for nothing of that."""
    found = first_unmapped(order)
    if found is None:
        return ""
    kind, hold = found
    address = reverse("admin:orders_order_map_method", args=[order.site_id, kind])
    return f"{address}?{urlencode({'code': hold.subject or ANY_CODE, 'back': order.pk})}"


def _line_of(site: Site, kind: Kind, code: str) -> MethodLine:
    """The row of this code, also one that was switched off; else a new one at the end."""
    rows: Any = getattr(site, kind.table)
    found: MethodLine | None = rows.filter(remote_code__iexact=code or ANY_CODE).first()
    if found is None:
        last = rows.aggregate(last=Max("line_no"))["last"] or 0
        found = kind.form._meta.model(site=site, line_no=last + 1)
    return found


def _title_of(site: Site, kind: Kind, code: str) -> str:
    """What the shop calls it: as an order that waits says, else as the shop's own list does."""
    hold = _holds(site, kind, code).exclude(params={}).order_by("-id").first()
    title = str(hold.params.get("title", "")) if hold is not None else ""
    if title:
        return title[:200]
    listed = site.shop_info.get("shipping_methods" if kind.table == "shipping_items" else kind.table, ())
    named = [str(entry[1]) for entry in listed or () if len(entry) > 1 and str(entry[0]) == code]
    return named[0][:200] if named else ""


def _holds(site: Site, kind: Kind, code: str) -> QuerySet[OrderHold]:
    rows = OrderHold.objects.filter(order__site=site, released_at=None, code=kind.code)
    return rows if code in ("", ANY_CODE) else rows.filter(subject__iexact=code)


def _save(form: _MethodForm, site: Site) -> None:
    with transaction.atomic():
        line: Any = form.save(commit=False)
        line.site, line.active = site, True
        line.save()


def _release(request: HttpRequest, site: Site, kind: Kind, code: str) -> None:
    """Import at once what waited for it, as far as a page may wait; the rest goes by itself."""
    waiting = Order.objects.filter(pk__in=_holds(site, kind, code).values("order"), sales_order=None)
    keys = list(waiting.order_by("id").values_list("pk", flat=True))
    orders = list(Order.objects.filter(pk__in=keys[:AT_ONCE]).order_by("id"))
    for order in orders:
        order.site = site
    results = heal_orders(site=site, orders=orders, source=OrderSource.MANUAL) if orders else []
    done = sum(result.outcome == ImportOutcome.CREATED for result in results)
    text = ngettext(
        "The method is mapped; %(count)s order was imported.",
        "The method is mapped; %(count)s orders were imported.",
        done,
    )
    messages.success(request, text % {"count": done})
    held = [result for result in results if result.outcome == ImportOutcome.HELD]
    if held:
        text = ngettext(
            "%(count)s order still waits for something else.",
            "%(count)s orders still wait for something else.",
            len(held),
        )
        messages.warning(request, text % {"count": len(held)})
    if len(keys) > AT_ONCE:
        text = ngettext(
            "%(count)s more order goes by itself now.",
            "%(count)s more orders go by themselves now.",
            len(keys) - AT_ONCE,
        )
        messages.info(request, text % {"count": len(keys) - AT_ONCE})


def _back(request: HttpRequest, site: Site) -> str:
    key = request.GET.get("back", "")
    if key.isdigit() and Order.objects.filter(pk=key, site=site).exists():
        return reverse("admin:orders_order_change", args=[key])
    return reverse("admin:orders_order_changelist")


def _page(
    model_admin: Any, request: HttpRequest, site: Site, kind: Kind, form: _MethodForm, code: str
) -> HttpResponse:
    count = _holds(site, kind, code).values("order").distinct().count()
    question = ngettext(
        "%(count)s order of %(site)s waits for this method.",
        "%(count)s orders of %(site)s wait for this method.",
        count,
    )
    context = {
        **model_admin.admin_site.each_context(request),
        "title": kind.title,
        "subtitle": site.code,
        "opts": model_admin.opts,
        "original": site,
        "spec": Words(
            gettext("Map and import"),
            _("Saved as a row of the site; what waited for it is imported at once, the rest by itself."),
        ),
        "form": form,
        "question": question % {"count": count, "site": site.code},
        "back_url": _back(request, site),
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/ecomsync/action.html", context)
