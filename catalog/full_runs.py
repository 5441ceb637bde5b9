"""Full runs: every item of a site is asked for again. They are the new state to start from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils import timezone

from activity.services import RunReporter, raise_alert
from catalog.models import ProductConfig
from catalog.selectors.admission import admitted, item_condition, load_items, quantity_condition
from catalog.services.requests import action_for, linked_item_ids
from ecomsync.common.errors import ConfigurationError
from ecomsync.common.money import HUNDRED
from erp.models import Item
from erp.models.items import ItemType
from linking.selectors import linked_item_ids as all_linked_ids
from linking.selectors import sellable_item_ids
from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.services.enqueue import discard_older, enqueue

CHUNK = 500


def update_all_quantities(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """'Update All Qtys': a quantity request for every linked item that the criteria let in.

    Requests that failed or waited before the run are set aside: this run asks for everything anew. Figures that the
    shop has already are not sent again, unless params["force"].
    """
    need_switch(site, "update_quantities", "update quantities")
    began = timezone.now()
    forced = bool(params.get("force"))
    condition = quantity_condition(site)
    codes = list(
        site.ecommerce_warehouse_lines.filter(active=True, for_stock=True).values_list(
            "warehouse__code", flat=True
        )
    )
    ids = [pk for pk in sellable_item_ids(site=site) if pk is not None]
    run.progress(0, len(ids))
    for done, part in parts(ids):
        run.check_cancelled()
        inside = admitted(condition, load_items(part).values(), extra={"warehouse": codes})
        rows = [RequestInput(item_id=pk, forced=forced) for pk in part if pk in inside]
        count_requests(run, len(part), enqueue("qty", site=site, rows=rows, supersede=True))
        run.progress(done, len(ids))
    run.count("set_aside", discard_older("qty", site=site, before=began))


def send_items(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """'Send Items': an item request for every item that the shop has or may get.

    With 'full run deactivates missing items', linked products whose item is out are switched off, unless these are
    more than the site allows: then none is, and an alert is raised.
    """
    need_switch(site, "send_items_to_magento", "send items to the shop")
    began = timezone.now()
    forced = bool(params.get("force"))
    condition = item_condition(site)
    ids = list(_candidates(site))
    run.progress(0, len(ids))
    out: list[int] = []
    linked_total = 0
    for done, part in parts(ids):
        run.check_cancelled()
        items = load_items(part)
        linked = linked_item_ids(site, part)
        linked_total += len(linked)
        inside = admitted(condition, items.values())
        configured = set(
            ProductConfig.objects.filter(site=site, item_id__in=part, active=True).values_list(
                "item_id", flat=True
            )
        )
        rows = []
        for pk, item in items.items():
            action = action_for(site, item, is_linked=pk in linked, is_configured=pk in configured)
            if action == "send" and pk in inside:
                rows.append(RequestInput(item_id=pk, action="send", forced=forced))
            elif pk in linked:
                out.append(pk)
        count_requests(run, len(part), enqueue("item", site=site, rows=rows, supersede=True))
        run.progress(done, len(ids))
    _switch_off(run, site, out, linked_total)
    run.count("set_aside", discard_older("item", site=site, before=began))


def _candidates(site: Site) -> Iterator[int]:
    """Items the shop has, those with settings for it, and, where products may be created, all that can be sold."""
    linked = {pk for pk in all_linked_ids(site=site) if pk is not None}
    linked |= set(ProductConfig.objects.filter(site=site, active=True).values_list("item_id", flat=True))
    if site.create_products:
        sellable = Item.objects.filter(active=True, sellable=True).exclude(item_type=ItemType.SERVICE)
        linked |= set(sellable.values_list("pk", flat=True))
    yield from sorted(linked)


def _switch_off(run: RunReporter, site: Site, out: Sequence[int], linked_total: int) -> None:
    if not out or not site.full_run_deactivates_missing:
        return
    if len(out) * HUNDRED > site.max_deactivation_percent * linked_total:
        message = (
            f"{len(out)} of {linked_total} linked products would be switched off, more than the "
            f"{site.max_deactivation_percent.normalize():f} % that the site allows. None was."
        )
        run.note(message, level="error", code="too_many_deactivations")
        raise_alert(site_code=site.code, code="too_many_deactivations", message=message)
        return
    rows = [RequestInput(item_id=pk, action="disable") for pk in out]
    run.count("switched_off", enqueue("item", site=site, rows=rows, supersede=True).total)


def count_requests(run: RunReporter, found: int, result: Any) -> None:
    """found = new requests (created) + those that joined a waiting one (updated) + kept out (skipped)."""
    run.found(found)
    run.created(result.created)
    run.updated(result.coalesced)
    run.skipped(found - result.total)


def parts(ids: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    """Chunks with how many are done after each."""
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        yield start + len(part), part


def need_switch(site: Site, field: str, label: str) -> None:
    """Requests for a switched-off flow would wait for ever."""
    if not getattr(site, field):
        raise ConfigurationError(
            f"'{label}' is switched off on site {site.code}.",
            code="configuration",
            site=site.code,
            cure=f"Switch '{label}' on in the capabilities of the site, then start the action again.",
        )
