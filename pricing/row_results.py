"""What the handlers of prices answer for a request, and prices in the unit that the shop sells."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import overload

from django.utils.translation import gettext as _

from erp.models import ItemUnit
from linking.models import ItemLinkerLine
from platforms.types import Outcome, PushResult
from pricing.selectors.shop_prices import Answer, PriceProblem, ShopPrice
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.models import UpdatePriceRequest

_OUTCOMES = {
    Outcome.OK: RowOutcome.DONE,
    Outcome.UNCHANGED: RowOutcome.UNCHANGED,
    Outcome.REJECTED: RowOutcome.REJECTED,
    Outcome.RETRY: RowOutcome.RETRY,
}
#: Of several products that stand for one item, the request shows the worst.
_WEIGHT = (
    RowOutcome.UNCHANGED,
    RowOutcome.DONE,
    RowOutcome.RETRY,
    RowOutcome.REJECTED,
    RowOutcome.CONFIGURATION,
)


def result_of(
    request: UpdatePriceRequest, price: ShopPrice | None, answer: PushResult, *, message: str = ""
) -> RowResult:
    """The shop's answer to a price; price None: it was to be taken out."""
    sent = (
        {"price_sent": price.price, "special_sent": price.special}
        if answer.is_ok and price is not None
        else {}
    )
    note = price.note if price is not None else ""
    told = message or " ".join(part for part in (answer.message or answer.warning, note) if part)
    return RowResult(
        request.pk, _OUTCOMES[answer.outcome], answer.code, told, answer.cure, sent, answer.retry_after
    )


def no_answer(request: UpdatePriceRequest) -> RowResult:
    message = "The adapter gave no answer for this row."
    return RowResult(request.pk, RowOutcome.RETRY, code="no_valid_answer", message=message)


def dry_run(request: UpdatePriceRequest, price: ShopPrice) -> RowResult:
    message = _("Dry run: would send %(price)s.") % {"price": price.shown}
    return RowResult(request.pk, RowOutcome.DONE, code="dry_run", message=message)


def problem(request: UpdatePriceRequest, found: PriceProblem) -> RowResult:
    return RowResult(request.pk, RowOutcome.REJECTED, found.code, found.message, found.cure)


def not_linked(request: UpdatePriceRequest) -> RowResult:
    return RowResult(
        request.pk,
        RowOutcome.REJECTED,
        code="not_linked",
        message="The item has no product in this shop.",
        cure="Link the item in the item linker of this site, or run 'Link Items'.",
    )


def worst(results: Sequence[RowResult]) -> RowResult:
    return max(results, key=lambda result: _WEIGHT.index(RowOutcome(result.outcome)))


@overload
def in_unit(answer: Answer, factor: Decimal) -> Answer: ...


@overload
def in_unit(answer: Answer | None, factor: Decimal) -> Answer | None: ...


def in_unit(answer: Answer | None, factor: Decimal) -> Answer | None:
    """The price of the unit that the shop sells, which holds so many base units."""
    if factor == 1 or not isinstance(answer, ShopPrice):
        return answer
    special = None if answer.special is None else answer.special * factor
    return replace(answer, price=answer.price * factor, special=special)


def unit_factors(links: Mapping[int, Collection[ItemLinkerLine]]) -> dict[tuple[int, int], Decimal]:
    """(item, unit) -> base units in it, for links to other units; no statement when there is none."""
    with_unit = [pk for pk, lines in links.items() if any(line.unit_id is not None for line in lines)]
    if not with_unit:
        return {}
    rows = ItemUnit.objects.filter(item_id__in=with_unit).values_list("item_id", "unit_id", "factor_to_base")
    return {(item, unit): factor for item, unit, factor in rows}
