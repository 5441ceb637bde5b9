"""Full runs: every item of a site is asked for again. They are the new state to start from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from activity.services import RunReporter, raise_alert
from catalog.handlers.product_file import ProductFile
from catalog.handlers.quantity_file import QuantityFile
from catalog.models import ProductConfig
from catalog.selectors.admission import admitted, item_condition, load_items, quantity_condition
from catalog.services.requests import action_for, linked_item_ids
from ecomsync.common.conditions import Condition
from ecomsync.common.errors import ConfigurationError
from ecomsync.common.money import HUNDRED
from erp.models import Item
from erp.models.items import ItemType
from linking.selectors import lines_in_shop, sellable_item_ids
from linking.selectors import linked_item_ids as all_linked_ids
from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.models import ItemAction
from sync_queues.services.enqueue import enqueue
from sync_queues.services.full_file import FullFile, report_file, send_full_file, takes_full_file
from sync_queues.services.full_run import PAGE, ask_for_all


def update_all_quantities(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """'Update All Qtys': a quantity request for every linked item that the criteria let in.

    Requests that failed or waited before the run are set aside: this run asks for everything anew. Figures that the
    shop has already are not sent again, unless params["force"]. With 'full run deactivates missing items' and a platform
    that takes complete files, all figures go out as one such file instead.
    """
    need_switch(site, "update_quantities", "update quantities")
    forced = bool(params.get("force"))
    condition = quantity_condition(site)
    codes = list(
        site.ecommerce_warehouse_lines.filter(active=True, for_stock=True).values_list(
            "warehouse__code", flat=True
        )
    )

    def inside(part: Sequence[int]) -> list[int]:
        found = admitted(condition, load_items(part).values(), extra={"warehouse": codes})
        return [pk for pk in part if pk in found]

    def requests_of(part: Sequence[int]) -> list[RequestInput]:
        return [RequestInput(item_id=pk, forced=forced) for pk in inside(part)]

    ids = sellable_item_ids(site=site).filter(item_id__isnull=False)
    if takes_full_file(site, "qty"):
        file = FullFile("qty", ids, "item_id", lines_in_shop, lambda s, a: QuantityFile(s, a, inside))
        taken = send_full_file(run=run, site=site, file=file)
        if taken is not None:
            report_file(run, site, "qty", taken)
            return
    ask_for_all(run=run, site=site, kind="qty", ids=ids, key="item_id", requests_of=requests_of)


def send_items(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """'Send Items': an item request for every item that the shop has or may get.

    With 'full run deactivates missing items', linked products whose item is out are switched off, unless these are
    more than the site allows: then none is, and an alert is raised. A platform that takes complete files is told by one
    which products there are, before the changes of each.
    """
    need_switch(site, "send_items_to_magento", "send items to the shop")
    forced = bool(params.get("force"))
    condition = item_condition(site)

    def requests_of(part: Sequence[int]) -> list[RequestInput]:
        chosen = _sort_out(site, condition, part).sent
        return [RequestInput(item_id=pk, action="send", forced=forced) for pk in chosen]

    ids = _candidates(site).values_list("pk", flat=True)
    taken = None
    if takes_full_file(site, "item"):

        def sent(part: Sequence[int]) -> Sequence[int]:
            return _sort_out(site, condition, part).sent

        file = FullFile("item", ids, "pk", lines_in_shop, lambda s, a: ProductFile(s, a, sent))
        taken = send_full_file(run=run, site=site, file=file)
    if taken is not None:
        run.count("named", len(taken.named))
        for row, answer in taken.refused.values():
            run.note(answer.message, level="warning", subject=row.line, code=answer.code)
    # Categories, and products that are to be switched off, are asked for by others and go on waiting.
    sheets = Q(action=ItemAction.SEND)
    ask_for_all(
        run=run, site=site, kind="item", ids=ids, key="pk", requests_of=requests_of, stands_for=sheets
    )
    if site.full_run_deactivates_missing and taken is None:
        _switch_off(run, site, condition)


@dataclass(frozen=True, slots=True)
class _Sorted:
    """sent: items that go out. out: items that the shop has and should not show. linked: how many it has."""

    sent: Sequence[int]
    out: Sequence[int]
    linked: int


def _sort_out(site: Site, condition: Condition, part: Sequence[int]) -> _Sorted:
    items = load_items(part)
    linked = linked_item_ids(site, part)
    inside = admitted(condition, items.values())
    configured = set(
        ProductConfig.objects.filter(site=site, item_id__in=part, active=True).values_list(
            "item_id", flat=True
        )
    )
    sent, out = [], []
    for pk, item in items.items():
        action = action_for(site, item, is_linked=pk in linked, is_configured=pk in configured)
        if action == "send" and pk in inside:
            sent.append(pk)
        elif pk in linked:
            out.append(pk)
    return _Sorted(sent, out, len(linked))


def _candidates(site: Site) -> QuerySet[Item]:
    """Items the shop has, those with settings for it, and, where products may be created, all that can be sold."""
    wanted = Q(pk__in=all_linked_ids(site=site).order_by()) | Q(
        pk__in=ProductConfig.objects.filter(site=site, active=True).values("item_id")
    )
    if site.create_products:
        wanted |= Q(active=True, sellable=True) & ~Q(item_type=ItemType.SERVICE)
    return Item.objects.filter(wanted)


def _switch_off(run: RunReporter, site: Site, condition: Condition) -> None:
    """First counted, then, if they are few enough, asked for; nothing is kept in memory but a page."""
    found = linked = 0
    for page in _pages(site):
        run.check_cancelled()
        sorted_out = _sort_out(site, condition, page)
        found, linked = found + len(sorted_out.out), linked + sorted_out.linked
    if not found:
        return
    if found * HUNDRED > site.max_deactivation_percent * linked:
        message = (
            f"{found} of {linked} linked products would be switched off, more than the "
            f"{site.max_deactivation_percent.normalize():f} % that the site allows. None was."
        )
        run.note(message, level="error", code="too_many_deactivations")
        raise_alert(site_code=site.code, code="too_many_deactivations", message=message)
        return
    for page in _pages(site):
        rows = [RequestInput(item_id=pk, action="disable") for pk in _sort_out(site, condition, page).out]
        if rows:
            run.count("switched_off", enqueue("item", site=site, rows=rows, supersede=True).total)


def _pages(site: Site) -> Iterator[list[int]]:
    after = 0
    ids = _candidates(site).order_by("pk").values_list("pk", flat=True)
    while page := list(ids.filter(pk__gt=after)[:PAGE]):
        yield page
        after = page[-1]


def need_switch(site: Site, field: str, label: str) -> None:
    """Requests for a switched-off flow would wait for ever."""
    if not getattr(site, field):
        raise ConfigurationError(
            f"'{label}' is switched off on site {site.code}.",
            code="configuration",
            site=site.code,
            cure=f"Switch '{label}' on in the capabilities of the site, then start the action again.",
        )
