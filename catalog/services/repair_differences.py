"""Repairs what a comparison found about stock and products; the queues carry it out."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from activity.difference_kinds import Repair
from activity.models import Difference
from activity.services import RunReporter
from catalog.services.requests import request_items, request_quantities
from linking.models import ItemLinkerLine, LinkState
from linking.selectors import linked_lines
from linking.services.repair_differences import (
    DRY_RUN,
    NOT_LINKED,
    asked,
    follow_requests,
    linked_of,
    refused,
)
from sites.models import Site
from sites.runs import refusal, request_run

Aspect, Problem, State = Difference.Aspect, Difference.Problem, Difference.State
NO_QUANTITIES = _("The site does not send quantities. Switch ‘update quantities’ on.")
NO_ITEMS = _("The site does not send items. Switch ‘send items to the shop’ on, or change it in the shop.")
NOT_CREATED = _("The link is marked as missing in the shop. The site does not create products.")
NO_LINKING = _("Products cannot be linked now: see whether ‘link items’ is on and the site is active.")


def repair_stock(*, run: RunReporter, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    """Quantity requests that are sent even if the shop should have the figure."""
    site = Site.objects.get(code=site_code)
    if not site.update_quantities:
        return refused(rows, NO_QUANTITIES)
    if site.dry_run:
        return refused(rows, DRY_RUN)
    lines = linked_of(site, rows)
    request_quantities(item_ids=_items(lines), sites=[site], forced=True)
    return asked(rows, lines)


def follow_stock(*, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    return follow_requests("qty", site_code=site_code, rows=rows)


def repair_products(*, run: RunReporter, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    """Missing: made anew, or at least marked. Only in the shop: the linker looks for its item. SKU: taken over.
    Visibility: the item is sent (or switched off there)."""
    site = Site.objects.get(code=site_code)
    results: dict[int, Repair] = {}
    extra = [row for row in rows if row.problem == Problem.EXTRA]
    missing = [row for row in rows if row.problem == Problem.MISSING]
    renamed = [row for row in rows if row.aspect == Aspect.SKU]
    hidden = [row for row in rows if row.aspect == Aspect.VISIBILITY]
    if extra:
        results |= _ask_linker(site, extra)
    if missing:
        results |= _make_anew(site, missing)
    if renamed:
        results |= _take_sku(site, renamed)
    if hidden:
        results |= _send(site, hidden)
    return results


def _ask_linker(site: Site, rows: Sequence[Difference]) -> dict[int, Repair]:
    """The linker decides with the whole catalogue before it, so that nothing is linked by guess; one run for all."""
    if not site.link_items or refusal(site, "link_items"):
        return refused(rows, NO_LINKING)
    request_run(site=site, action="link_items")
    return {row.pk: Repair(State.ASKED) for row in rows}


def _make_anew(site: Site, rows: Sequence[Difference]) -> dict[int, Repair]:
    """The link says that the product is gone; where the site creates products it is asked for again."""
    never = [row for row in rows if row.subject_type == "erp.item"]
    rows = [row for row in rows if row.subject_type != "erp.item"]
    lines = linked_of(site, rows)
    ItemLinkerLine.objects.filter(pk__in=[line.pk for line in lines.values()], state=LinkState.LINKED).update(
        state=LinkState.REMOTE_MISSING, updated_at=timezone.now()
    )
    creates = site.send_items_to_magento and site.create_products and not site.dry_run
    if creates:
        request_items(item_ids=_items(lines), sites=[site], forced=True)
    done = Repair(State.ASKED) if creates else Repair(State.REPAIRED, NOT_CREATED)
    results = {row.pk: done if row.pk in lines else Repair(State.OPEN, NOT_LINKED) for row in rows}
    return {**results, **_make(site, never)}


def _make(site: Site, rows: Sequence[Difference]) -> dict[int, Repair]:
    """Items that the shop never had."""
    if not site.send_items_to_magento:
        return refused(rows, NO_ITEMS)
    if site.dry_run:
        return refused(rows, DRY_RUN)
    ids = [int(row.subject_id) for row in rows if row.subject_id.isdigit()]
    request_items(item_ids=ids, sites=[site], forced=True)
    return {row.pk: Repair(State.ASKED) for row in rows}


def _take_sku(site: Site, rows: Sequence[Difference]) -> dict[int, Repair]:
    """The link is by id: the shop's new SKU is only a name, and ours follows."""
    lines = linked_of(site, rows)
    changed = []
    for row in rows:
        line = lines.get(row.pk)
        if line is not None:
            line.remote_sku, line.updated_at = row.shop_value, timezone.now()
            changed.append(line)
    ItemLinkerLine.objects.bulk_update(changed, ["remote_sku", "updated_at"], batch_size=200)
    return {
        row.pk: Repair(State.REPAIRED) if row.pk in lines else Repair(State.OPEN, NOT_LINKED) for row in rows
    }


def _send(site: Site, rows: Sequence[Difference]) -> dict[int, Repair]:
    if not site.send_items_to_magento:
        return refused(rows, NO_ITEMS)
    if site.dry_run:
        return refused(rows, DRY_RUN)
    lines = linked_of(site, rows)
    request_items(item_ids=_items(lines), sites=[site], forced=True)
    return asked(rows, lines)


def follow_products(*, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    """A missing product is repaired once it is linked again; one that only the shop has, once it is linked."""
    extra = [row for row in rows if row.problem == Problem.EXTRA]
    missing = [row for row in rows if row.problem == Problem.MISSING]
    others = [row for row in rows if row.problem == Problem.DIFFERENT]
    found = follow_requests("item", site_code=site_code, rows=others)
    return {**found, **_follow_missing(site_code, missing), **_follow_extra(site_code, extra)}


def _follow_missing(site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    site = Site.objects.filter(code=site_code).first()
    if site is None or not rows:
        return {}
    # By the item's code: the line of the product that is gone gives way to the one of the new product.
    codes = {row.erp_value for row in rows}
    back = set(linked_lines(site=site).filter(item__code__in=codes).values_list("item__code", flat=True))
    told = follow_requests("item", site_code=site_code, rows=rows)
    found = {}
    for row in rows:
        if row.erp_value in back:
            found[row.pk] = Repair(State.REPAIRED)
        elif row.pk in told and told[row.pk].state == State.OPEN:
            found[row.pk] = told[row.pk]
    return found


def _follow_extra(site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    keys = [row.key for row in rows]
    linked = {
        line.remote_id
        for line in ItemLinkerLine.objects.filter(site__code=site_code, state=LinkState.LINKED).filter(
            remote_variant_id__in=keys
        )
    } | set(
        ItemLinkerLine.objects.filter(
            site__code=site_code, state=LinkState.LINKED, remote_product_id__in=keys, remote_variant_id=""
        ).values_list("remote_product_id", flat=True)
    )
    return {row.pk: Repair(State.REPAIRED) for row in rows if row.key in linked}


def _items(lines: dict[int, ItemLinkerLine]) -> set[int]:
    return {line.item_id for line in lines.values() if line.item_id is not None}
