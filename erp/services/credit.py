"""May this customer order?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ecomsync.common.money import ZERO
from erp.errors import CustomerRefused
from erp.models import Blocked, CreditCheck, Customer, SalesOrder
from erp.models.columns import plain
from erp.selectors.customers import customer_exposure


def check_customer(order: SalesOrder, *, prepaid: Decimal = ZERO) -> str:
    """A notice when the credit limit is passed and only warns; raises CustomerRefused when it blocks.

    Counted in the base currency: open invoices, open orders and this one, as far as it is not paid.
    prepaid: what the buyer has paid for this order already, in its currency; paid goods are no credit.
    """
    return check_customers([(order, prepaid)])[0]


def check_customers(orders: Sequence[tuple[SalesOrder, Decimal]]) -> list[str]:
    """A notice per order (with what is prepaid of it), as `check_customer`.

    Each order of a customer counts for those after it. Customers with a blocking limit are locked in the order of
    their ids: two orders at once, each within the limit, may be above it together.
    """
    for order, _ in orders:
        _refuse_blocked(order.customer)
    limited = {order.customer_id for order, _ in orders if _is_limited(order.customer, CreditCheck.BLOCK)}
    if limited:
        list(Customer.objects.select_for_update().only("pk").filter(pk__in=limited).order_by("pk"))
    exposures: dict[int, Decimal] = {}
    return [_notice(order, prepaid, exposures) for order, prepaid in orders]


def _is_limited(customer: Customer, *checks: str) -> bool:
    return customer.credit_check in checks and customer.credit_limit is not None


def _refuse_blocked(customer: Customer) -> None:
    if customer.blocked != Blocked.NONE:
        raise CustomerRefused(
            f"Customer {customer} is blocked ({customer.blocked}).",
            code="customer_blocked",
            cure="Remove the block on the customer, or cancel the order.",
            item=customer.code,
        )


def _notice(order: SalesOrder, prepaid: Decimal, exposures: dict[int, Decimal]) -> str:
    customer, unpaid = order.customer, max(order.grand_total - prepaid, ZERO)
    if not unpaid or not _is_limited(customer, CreditCheck.BLOCK, CreditCheck.WARN):
        return ""
    if customer.pk not in exposures:
        exposures[customer.pk] = customer_exposure(customer)
    exposures[customer.pk] += unpaid * order.exchange_rate
    exposure = exposures[customer.pk]
    if customer.credit_limit is None or exposure <= customer.credit_limit:
        return ""
    text = f"Credit limit {plain(customer.credit_limit)} passed: {plain(exposure)} with this order."
    if customer.credit_check == CreditCheck.BLOCK:
        raise CustomerRefused(
            f"Customer {customer}: {text}",
            code="credit_limit",
            cure="Collect open invoices, raise the limit, or set the credit check to 'warn'.",
            item=customer.code,
        )
    return text
