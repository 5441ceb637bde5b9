"""May this customer order?"""

from __future__ import annotations

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
    customer = order.customer
    if customer.blocked != Blocked.NONE:
        raise CustomerRefused(
            f"Customer {customer} is blocked ({customer.blocked}).",
            code="customer_blocked",
            cure="Remove the block on the customer, or cancel the order.",
            item=customer.code,
        )
    if customer.credit_check == CreditCheck.NONE or customer.credit_limit is None:
        return ""
    if customer.credit_check == CreditCheck.BLOCK:
        # Two orders at once, each within the limit, may be above it together: one after the other.
        Customer.objects.select_for_update().only("pk").get(pk=customer.pk)
    unpaid = max(order.grand_total - prepaid, ZERO)
    if not unpaid:
        return ""
    exposure = customer_exposure(customer) + unpaid * order.exchange_rate
    if exposure <= customer.credit_limit:
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
