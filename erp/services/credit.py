"""May this customer order?"""

from __future__ import annotations

from erp.errors import CustomerRefused
from erp.models import Blocked, CreditCheck, SalesOrder
from erp.models.columns import plain
from erp.selectors.customers import customer_exposure


def check_customer(order: SalesOrder) -> str:
    """A notice when the credit limit is passed and only warns; raises CustomerRefused when it blocks."""
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
    exposure = customer_exposure(customer) + order.grand_total * order.exchange_rate
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
