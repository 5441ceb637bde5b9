"""The content of an order was changed in the shop after its documents were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_noop

from activity.services import record_event
from ecomsync.common.errors import ConfigurationError, PermanentError
from erp.models import Customer, SalesOrder
from erp.services.amendments import amend_sales_order
from erp.services.sales_orders import update_draft_sales_order
from erp.states import ReturnState, SalesOrderState
from orders.models import Order
from orders.reasons import Hold, HoldCode
from orders.services import outbox
from orders.services.chain import edit_returns, prove_chain
from orders.services.context import ImportContext
from orders.services.corrections import REASON, correct_posted, is_billed
from orders.services.customers import choose_customer, settle_customer
from orders.services.difference import difference_of
from orders.services.documents import ProofFailed, make_deliveries, make_invoice, sales_order_input
from orders.services.flags import flag_order
from orders.services.holds import hold_order, release_holds
from orders.services.intake import hash_of_content, write_rows
from orders.services.plan import OrderPlan
from orders.services.result import ImportResult
from orders.services.rules import Wanted, choose_documents
from orders.services.sold import clear_sold, state_beyond, state_planned
from orders.services.tax_check import check_taxes
from orders.services.totals import balance, mismatch_of
from orders.states import ImportOutcome, OrderState
from platforms.types import RemoteOrder
from sites.choices import OrderChangedPolicy, ReserveStock

WAITING = gettext_noop("Returns that wait for goods: %(names)s.")
STANDING = gettext_noop("The documents stand at version %(when)s; the shop changed the order.")

_UNPOSTED = (SalesOrderState.DRAFT, SalesOrderState.ON_HOLD)
_FOLLOWS = (OrderChangedPolicy.UPDATE, OrderChangedPolicy.CORRECT)


def take_content(
    order: Order, sales_order: SalesOrder, remote: RemoteOrder, context: ImportContext, plan: OrderPlan
) -> ImportResult:
    """Lines, amounts, customer or addresses differ: follow the shop, or flag or hold it, by the site's policy.

    Drafts are updated, confirmed orders amended, invoiced ones corrected by further documents; each all or nothing,
    and proved over the sum of the order's documents. A change that cannot be followed holds the order, and goes again
    by itself when its cause is gone.
    """
    policy = context.site.order_changed_policy
    write_rows(order, remote, plan.items or [None] * len(remote.lines), replace=True)
    if policy not in _FOLLOWS or not _may_follow(sales_order, policy):
        return flag_change(order, sales_order, plan, context, hold=policy == OrderChangedPolicy.HOLD)
    choice = choose_customer(plan, context)
    wanted = choose_documents(plan, context, customer_group=choice.group_code if choice else "")
    if plan.is_complete:
        check_taxes(plan, context, customer=choice.customer if choice else None)
        balance(plan, context.site)
    if plan.holds or choice is None or wanted is None:
        keep_unimported(order, sales_order, plan, context)
        return hold_change(order, plan.holds)
    had_hash, order.relevant_hash = order.relevant_hash, hash_of_content(remote)
    try:
        with outbox.attempt():
            customer = settle_customer(choice, remote, context)
            _follow(order, sales_order, plan, wanted, customer, context)
            proof = prove_chain(plan, sales_order)
            if mismatch_of(proof):
                raise ProofFailed(proof)
    except (PermanentError, ConfigurationError) as error:
        order.relevant_hash = had_hash
        sales_order.refresh_from_db()
        keep_unimported(order, sales_order, plan, context)
        return _refused(order, error)
    order.erp_customer = sales_order.customer
    order.decisions = plan.decisions
    order.proof, order.proof_ok = [row.as_json() for row in proof], True
    release_holds(order)
    order.state = OrderState.IMPORTED
    keep_unimported(order, sales_order, plan, context)
    record_event(kind="order.updated", site_code=order.site.code, subject=order, message=str(sales_order))
    flag_waiting(order, sales_order)
    return ImportResult(ImportOutcome.UPDATED, order, documents=(f"sales_order {sales_order}",))


def _may_follow(sales_order: SalesOrder, policy: str) -> bool:
    """What is delivered or invoiced is only touched where the site wants it corrected."""
    if policy == OrderChangedPolicy.CORRECT or sales_order.state in _UNPOSTED:
        return True
    delivered = any(
        moved for row in sales_order.lines.values_list("delivered_qty", "returned_qty") for moved in row
    )
    return not delivered and not is_billed(sales_order)


def _follow(
    order: Order,
    sales_order: SalesOrder,
    plan: OrderPlan,
    wanted: Wanted,
    customer: Customer,
    context: ImportContext,
) -> None:
    """Bring the documents to what the shop says."""
    if is_billed(sales_order):
        found = difference_of(plan, sales_order)
        correct_posted(order=order, sales_order=sales_order, plan=plan, found=found, context=context)
        make_deliveries(sales_order, wanted, context.site)
        return
    data = sales_order_input(order=order, plan=plan, wanted=wanted, customer=customer, context=context)
    if sales_order.state in _UNPOSTED:
        update_draft_sales_order(order=sales_order, data=data)
        return
    had_draft = sales_order.invoices.filter(kind="invoice", state="draft").exists()
    amend_sales_order(order=sales_order, data=data, reason=REASON)
    make_deliveries(sales_order, wanted, context.site)
    if had_draft:
        make_invoice(sales_order, wanted, context.site)


def _refused(order: Order, error: PermanentError | ConfigurationError) -> ImportResult:
    if isinstance(error, ProofFailed):
        order.proof, order.proof_ok = [row.as_json() for row in error.rows], False
        return hold_change(order, [Hold(error.code, message=error.message)])
    return hold_change(order, [Hold(error.code, subject=error.item, message=str(error))])


def flag_waiting(order: Order, sales_order: SalesOrder) -> None:
    """A flag while returns of removed goods wait for them in the warehouse; it goes with the last one."""
    waiting = edit_returns(sales_order).filter(state=ReturnState.REQUESTED, lines__isnull=False).distinct()
    names = ", ".join(f"#{row.pk}" for row in waiting)
    found = Hold(HoldCode.REMOVED_AFTER_DELIVERY, message=WAITING % {"names": names})
    flag_order(order, found if names else None, code=HoldCode.REMOVED_AFTER_DELIVERY)


def keep_unimported(order: Order, sales_order: SalesOrder, plan: OrderPlan, context: ImportContext) -> None:
    """Units that the shop sold and no document binds stay off sale: of drafts all, else what was added."""
    if sales_order.state not in _UNPOSTED:
        state_beyond(order, plan, sales_order, context)
    elif context.site.reserve_stock != ReserveStock.NO:
        state_planned(order, plan, context, warehouse=sales_order.warehouse)
    else:
        clear_sold(order)


def hold_change(order: Order, holds: Sequence[Hold]) -> ImportResult:
    """The documents stand as they were; the order waits for a cause to go, or for the next version."""
    hold_order(order, holds)
    return ImportResult(
        ImportOutcome.HELD,
        order,
        tuple(holds),
        code=holds[0].code,
        message=", ".join(f"{hold.code} {hold.subject}".strip() for hold in holds),
    )


def flag_change(
    order: Order, sales_order: SalesOrder, plan: OrderPlan, context: ImportContext, *, hold: bool = False
) -> ImportResult:
    """Tell staff. hold: the order also leaves the state 'imported' until they have decided."""
    shown = prove_chain(plan, sales_order)
    order.proof, order.proof_ok = [row.as_json() for row in shown], not mismatch_of(shown)
    order.relevant_hash = hash_of_content(plan.remote)
    keep_unimported(order, sales_order, plan, context)
    message = STANDING % {"when": _when(sales_order.created_at)}
    found = Hold(HoldCode.ORDER_CHANGED, message=message)
    if hold:
        result = hold_change(order, [found])
        order.heal_at = None  # nothing but a decision of staff helps
        return result
    hold_order(order, [found], keep_state=True)
    record_event(
        kind="order.changed", site_code=context.site.code, subject=order, message=message, level="warning"
    )
    return ImportResult(ImportOutcome.UPDATED, order, (found,), code=found.code, message=message)


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
