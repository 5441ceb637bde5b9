"""'Collect Lines': fills a price document with the items it is to change."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q

from ecomsync.common.conditions import parse
from ecomsync.common.errors import ConfigurationError
from ecomsync.common.money import HUNDRED, ZERO, round_money
from erp.models import Item, ItemPrice, ItemType
from erp.services.prices import prices_for_items
from linking.selectors import linked_item_ids
from pricing.models import CollectMode, PriceUpdaterDoc, PriceUpdaterLine
from pricing.selectors.item_fields import item_context
from pricing.services.documents import lock_document, need_draft
from pricing.services.guards import check_guards, difference_percent, shop_prices_of
from sites.criteria import ITEM_FIELDS


@transaction.atomic
def collect_lines(*, document: PriceUpdaterDoc) -> int:
    """Add a line for every item that the document's mode chooses and that has none yet. Returns how many.

    The new price is the old one less the document's discount. Lines that are there stay as they are.
    """
    locked = lock_document(document)
    need_draft(locked)
    present = set(locked.details.values_list("item_id", flat=True))
    ids = sorted(_chosen(locked) - present)
    last = locked.details.aggregate(last=Max("line_no"))["last"] or 0
    made = 0
    for start in range(0, len(ids), 500):
        rows = _lines(locked, ids[start : start + 500], first_no=last + made + 1)
        PriceUpdaterLine.objects.bulk_create(rows, batch_size=500)
        made += len(rows)
    check_guards(locked)
    return made


def _chosen(document: PriceUpdaterDoc) -> set[int]:
    linked = {pk for site in document.sites.all() for pk in linked_item_ids(site=site) if pk is not None}
    linked -= set(
        Item.objects.filter(item_type=ItemType.TEMPLATE).values_list("pk", flat=True)
    )  # have no price
    match document.collect_mode:
        case CollectMode.CHANGED_SINCE:
            return linked & _changed_since(document)
        case CollectMode.CRITERIA:
            return _by_criteria(document, linked)
        case CollectMode.FILE:
            return set()
    return linked


def _changed_since(document: PriceUpdaterDoc) -> set[int]:
    since = document.collect_since
    if since is None:
        return set()
    own = Item.objects.filter(updated_at__gte=since).values_list("pk", flat=True)
    prices = ItemPrice.objects.filter(updated_at__gte=since)
    if document.price_list_id is not None:
        prices = prices.filter(Q(price_list_id=document.price_list_id))
    return {*own, *prices.values_list("item_id", flat=True)}


def _by_criteria(document: PriceUpdaterDoc, linked: set[int]) -> set[int]:
    try:
        condition = parse(document.collect_criteria, ITEM_FIELDS)
    except ValidationError as error:
        raise ConfigurationError(
            f"The criteria of the document cannot be read: {' '.join(error.messages)}",
            code="bad_criteria",
            cure="Correct the expression on the document.",
        ) from error
    found = set()
    ids = sorted(linked)
    for start in range(0, len(ids), 500):
        items = Item.objects.filter(pk__in=ids[start : start + 500]).select_related("item_group", "brand")
        found |= {item.pk for item in items if condition.matches(item_context(item))}
    return found


def _lines(document: PriceUpdaterDoc, ids: list[int], *, first_no: int) -> list[PriceUpdaterLine]:
    items = Item.objects.in_bulk(ids)
    prices = prices_for_items(item_ids=ids, price_list=document.price_list, currency=document.currency)
    shop_prices = shop_prices_of(document, ids)
    rows: list[PriceUpdaterLine] = []
    for pk in ids:
        old = prices[pk].price if pk in prices else None
        new, special = discounted(document, old or ZERO)
        rows.append(
            PriceUpdaterLine(
                document=document,
                line_no=first_no + len(rows),
                item_id=pk,
                sku=items[pk].code,
                old_price=old,
                shop_price=shop_prices.get(pk),
                new_price=new,
                special_price=special,
                special_to=document.effective_to if special is not None else None,
                currency=document.currency,
                difference_percent=difference_percent(old, new),
            )
        )
    return rows


def discounted(document: PriceUpdaterDoc, old: Decimal) -> tuple[Decimal, Decimal | None]:
    """(price, special price) by the document's rule."""
    reduced = old * (HUNDRED - document.discount_percent) / HUNDRED - document.discount_amount
    reduced = max(round_money(reduced, document.currency), ZERO)
    if document.discount_to_special and reduced < old:
        return old, reduced
    return reduced, None
