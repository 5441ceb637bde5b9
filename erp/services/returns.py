"""Returns: requested by the shop, received in the warehouse, credited to the customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO
from erp.errors import DuplicateMismatch, IllegalState, QuantityExceeded
from erp.inputs import ChargeInput, LineInput, MovementInput, ReturnLineInput, ReturnTerms, TaxPart
from erp.models import (
    Customer,
    DocumentCharge,
    InvoiceKind,
    MovementType,
    SalesInvoice,
    SalesOrder,
    SalesOrderLine,
    SalesReturn,
    SalesReturnLine,
    StockMovement,
    Warehouse,
)
from erp.models.columns import as_quantity, plain
from erp.services import accounting, numbering, transitions
from erp.services.base_quantities import StockNeed, stock_needs
from erp.services.credit_notes import save_credit_note
from erp.services.credit_shares import CreditShare, credit_shares
from erp.services.deliveries import trim_drafts
from erp.services.invoices import issue_invoice
from erp.services.progress import refresh_order_state
from erp.services.sales_orders import default_warehouse
from erp.services.stock.balances import BalanceBook
from erp.services.stock.ledger import post_movements
from erp.services.stock.reservations import active_reservations, save_reservations, take
from erp.services.tax_parts import parts_of, share_parts
from erp.services.totals import build_charge, fill_line, set_totals
from erp.states import DocumentType, ReturnState

NO_TERMS = ReturnTerms()


def create_sales_return(
    *,
    channel: str,
    external_number: str,
    customer: Customer,
    lines: Sequence[ReturnLineInput],
    charges: Sequence[ChargeInput] = (),
    order: SalesOrder | None = None,
    invoice: SalesInvoice | None = None,
    reason: str = "",
    currency: str = "",
    terms: ReturnTerms = NO_TERMS,
) -> tuple[SalesReturn, bool]:
    """A requested return; True when it is new. Idempotent on (channel, external_number) like orders.

    Without lines it is a refund of an amount (charges). Raises QuantityExceeded when more comes back than was
    sold and not returned, cancelled or already asked for.
    """
    found = _existing(channel, external_number, terms.content_hash)
    if found is not None:
        return found, False
    sales_return = _header(channel, external_number, customer, order, invoice, reason, currency, terms)
    try:
        with transaction.atomic():
            _insert(sales_return, lines, charges)
    except IntegrityError:
        found = _existing(channel, external_number, terms.content_hash)
        if found is None:
            raise
        return found, False
    return sales_return, True


def _existing(channel: str, external_number: str, content_hash: str) -> SalesReturn | None:
    if not external_number:
        return None
    found = SalesReturn.objects.filter(channel=channel, external_number=external_number).first()
    if found is not None and found.content_hash != content_hash:
        raise DuplicateMismatch(
            f"Return {external_number} of {channel} exists as {found} with other content.",
            site=channel,
            item=external_number,
            details={"return_id": found.pk, "state": found.state},
        )
    return found


def _header(
    channel: str,
    external_number: str,
    customer: Customer,
    order: SalesOrder | None,
    invoice: SalesInvoice | None,
    reason: str,
    currency: str,
    terms: ReturnTerms,
) -> SalesReturn:
    source = order or invoice
    currency = currency or (source.currency if source else "")
    if not currency:
        raise PermanentError(
            f"Return {external_number} of {channel} has no currency.",
            code="no_currency",
            cure="Name a currency, an invoice or an order.",
        )
    include_tax = terms.prices_include_tax
    if include_tax is None:
        include_tax = source.prices_include_tax if source else True
    return SalesReturn(
        channel=channel,
        external_number=external_number,
        external_id=terms.external_id,
        content_hash=terms.content_hash,
        customer=customer,
        order=order or (invoice.order if invoice else None),
        invoice=invoice,
        return_date=terms.return_date or timezone.now(),
        reason=reason[:500],
        return_reason=terms.return_reason,
        currency=currency,
        exchange_rate=terms.exchange_rate or (source.exchange_rate if source else Decimal(1)),
        prices_include_tax=include_tax,
        rounding=terms.rounding,
        remarks=terms.remarks,
        legal_entity=source.legal_entity if source else customer.legal_entity,
        branch=source.branch if source else customer.branch,
        department=source.department if source else None,
        sector=source.sector if source else None,
    )


def _insert(
    sales_return: SalesReturn, lines: Sequence[ReturnLineInput], charges: Sequence[ChargeInput]
) -> None:
    if sales_return.order is not None:
        transitions.lock(sales_return.order)
    check_quantities(lines)
    rows = []
    for line_no, given in enumerate(lines, start=1):
        row = SalesReturnLine(order_line=given.order_line, restock_warehouse=given.restock_warehouse)
        fill_line(row, _as_line(given), line_no=line_no)
        rows.append(row)
    extra = [build_charge(charge, line_no=line_no) for line_no, charge in enumerate(charges, start=1)]
    set_totals(sales_return, rows, extra)
    sales_return.save()
    parts: list[SalesReturnLine | DocumentCharge] = [*rows, *extra]
    for part in parts:
        part.sales_return = sales_return
    SalesReturnLine.objects.bulk_create(rows)
    DocumentCharge.objects.bulk_create(extra)
    transitions.announce_state(sales_return, old_state="")


def _as_line(given: ReturnLineInput) -> LineInput:
    sold = given.order_line
    return LineInput(
        item=given.item,
        quantity=given.quantity,
        unit_price=sold.unit_price if sold else given.net_amount / (given.quantity or 1),
        net_amount=given.net_amount,
        tax_amount=given.tax_amount,
        subtotal_net=given.net_amount,
        description=given.description or (sold.description if sold else ""),
        tax_code=given.tax_code or (sold.tax_code if sold else ""),
        tax_rate=given.tax_rate if given.tax_rate is not None else (sold.tax_rate if sold else None),
        unit=given.unit or (sold.unit if sold else None),
        tax_parts=given.tax_parts or _tax_parts(given),
        external_line_id=given.external_line_id,
    )


def _tax_parts(given: ReturnLineInput) -> list[TaxPart]:
    """Of a line that several rates met in, when the shop does not say which of them comes back."""
    sold = given.order_line
    if sold is None or not sold.tax_parts or given.tax_code not in ("", sold.tax_code):
        return []
    return parts_of(share_parts(sold.tax_parts, given.tax_amount, sold.order.currency))


def check_quantities(lines: Sequence[ReturnLineInput]) -> None:
    """Raise QuantityExceeded when more comes back than was sold and not returned, cancelled or asked for."""
    asked: dict[int, Decimal] = {}
    for given in lines:
        if given.order_line is not None:
            asked[given.order_line.pk] = asked.get(given.order_line.pk, ZERO) + as_quantity(given.quantity)
    if not asked:
        return
    waiting = SalesReturnLine.objects.filter(
        order_line__in=asked, sales_return__state=ReturnState.REQUESTED
    ).order_by()
    pending = dict(waiting.values_list("order_line").annotate(total=Sum("quantity")))
    for line in SalesOrderLine.objects.filter(pk__in=asked).select_related("item"):
        still_open = line.open_to_return - as_quantity(pending.get(line.pk) or ZERO)
        if asked[line.pk] > still_open:
            raise QuantityExceeded(
                f"Item {line.item.code}: {plain(asked[line.pk])} returned, {plain(still_open)} "
                f"of {plain(line.quantity)} sold can still come back.",
                item=line.item.code,
            )


def _lock_with_order(sales_return: SalesReturn) -> SalesOrder | None:
    order = None
    if sales_return.order_id is not None:
        order = SalesOrder.objects.select_for_update().get(pk=sales_return.order_id)
    transitions.lock(sales_return)
    if order is not None:
        sales_return.order = order
    return order


@transaction.atomic
def receive_return(
    *,
    sales_return: SalesReturn,
    restock: bool,
    warehouse: Warehouse | None = None,
    waive: bool = False,
    undelivered_first: bool = False,
    post_entries: bool = False,
) -> SalesReturn:
    """The goods are back. restock: put them in stock (sales_return movements), else they are scrapped.

    warehouse: put them here (damaged goods, say), instead of what each line names or where they left from.
    Goods that had not left the warehouse are taken off the order instead: what was held for them is given back.
    waive: what was not invoiced yet is taken off what will be, and needs no credit note.
    undelivered_first: of a line delivered in part, take off what has not left before what has.
    """
    order = _lock_with_order(sales_return)
    transitions.require_transition(sales_return, ReturnState.RECEIVED)
    rows = list(
        sales_return.lines.select_related(
            "item", "order_line__item", "order_line__unit", "order_line__warehouse"
        )
    )
    sold = {row.order_line.pk: row.order_line for row in rows if row.order_line is not None}
    if waive:
        _waive(rows, sold)
    came_back = [(row, _book_progress(row, sold, undelivered_first=undelivered_first)) for row in rows]
    if warehouse is not None:
        _send_to(warehouse, rows)
    sales_return.number = numbering.next_number(
        document_type=DocumentType.RETURN, legal_entity=sales_return.legal_entity, on=sales_return.issue_date
    )
    movements = _put_back(sales_return, came_back) if restock else []
    _release_undelivered(rows, sold.values())
    trim_drafts(line for line in sold.values() if line.cancelled_qty > 0)
    SalesReturnLine.objects.bulk_update(rows, ["cancelled_qty", "waived_qty"], batch_size=200)
    SalesOrderLine.objects.bulk_update(
        sold.values(), ["returned_qty", "cancelled_qty", "waived_qty"], batch_size=200
    )
    sales_return.restocked = restock
    sales_return.received_at = timezone.now()
    transitions.change_state(
        sales_return, ReturnState.RECEIVED, fields=["number", "restocked", "received_at"]
    )
    if post_entries and movements:
        accounting.post_stock_cost(
            movements=movements,
            source=sales_return,
            source_type=f"{DocumentType.RETURN}_cost",
            customer=sales_return.customer,
        )
    if order is not None:
        refresh_order_state(order)
    return sales_return


def _waive(rows: Sequence[SalesReturnLine], sold: dict[int, SalesOrderLine]) -> None:
    """Of each line: first what is invoiced comes back and is credited, the rest is not invoiced any more."""
    credited: dict[int, Decimal] = {}
    for row in rows:
        if row.order_line_id is None:
            continue
        line = sold[row.order_line_id]
        creditable = line.open_to_credit - credited.get(line.pk, ZERO)
        part = min(row.quantity, max(ZERO, creditable))
        credited[line.pk] = credited.get(line.pk, ZERO) + part
        row.waived_qty = row.quantity - part
        line.waived_qty += row.waived_qty


def _send_to(warehouse: Warehouse, rows: Sequence[SalesReturnLine]) -> None:
    for row in rows:
        row.restock_warehouse = warehouse
    SalesReturnLine.objects.bulk_update(rows, ["restock_warehouse"], batch_size=200)


def _book_progress(
    row: SalesReturnLine, sold: dict[int, SalesOrderLine], *, undelivered_first: bool = False
) -> Decimal:
    """Split a returned quantity: what had been delivered comes back (answered), the rest is cancelled."""
    if row.order_line_id is None:
        return row.quantity
    line = sold[row.order_line_id]
    if row.quantity > line.open_to_return:
        raise QuantityExceeded(
            f"Item {line.item.code}: {plain(row.quantity)} returned, "
            f"{plain(line.open_to_return)} can still come back.",
            item=line.item.code,
        )
    delivered = ZERO
    if line.item.is_deliverable:
        kept_back = min(row.quantity, line.open_to_deliver) if undelivered_first else ZERO
        delivered = min(row.quantity - kept_back, line.delivered_qty - line.returned_qty)
    row.cancelled_qty = row.quantity - delivered
    line.returned_qty += delivered
    line.cancelled_qty += row.cancelled_qty
    return delivered


def _put_back(
    sales_return: SalesReturn, came_back: Sequence[tuple[SalesReturnLine, Decimal]]
) -> list[StockMovement]:
    needs = _needs_of_rows([row for row, _ in came_back])
    fallback: Warehouse | None = None
    movements = []
    for row, quantity in came_back:
        for need in needs[row.pk]:
            if quantity <= 0:
                continue
            place = row.restock_warehouse or (row.order_line.warehouse if row.order_line else None)
            if place is None:
                place = fallback = fallback or default_warehouse()
            movements.append(
                MovementInput(
                    item=need.item,
                    warehouse=place,
                    quantity=need.times(quantity),
                    movement_type=MovementType.SALES_RETURN,
                    source_type=DocumentType.RETURN,
                    source_id=sales_return.pk,
                    source_line=row.pk,
                    source_label=sales_return.number,
                )
            )
    return post_movements(movements=movements)


def _needs_of_rows(rows: Sequence[SalesReturnLine]) -> dict[int, list[StockNeed]]:
    """Return line id -> what one unit of it is in stock; lines without an order count by their own item."""
    stand_ins = {
        row.pk: row.order_line or SalesOrderLine(pk=-row.pk, item=row.item, unit=row.unit) for row in rows
    }
    needs = stock_needs(stand_ins.values())
    return {pk: needs.get(line.pk, []) for pk, line in stand_ins.items()}


def _release_undelivered(rows: Iterable[SalesReturnLine], lines: Iterable[SalesOrderLine]) -> None:
    """Give back what is held for quantities that will no longer be delivered."""
    lines = [line for line in lines if line.item.is_deliverable and line.cancelled_qty > 0]
    held = active_reservations(lines)
    if not held:
        return
    needs = stock_needs(lines)
    book = BalanceBook((row.item, row.warehouse) for row in held)
    changed = []
    for line in lines:
        for need in needs.get(line.pk, ()):
            mine = [row for row in held if (row.order_line_id, row.item_id) == (line.pk, need.item.pk)]
            surplus = sum((row.open_quantity for row in mine), ZERO) - need.times(line.open_to_deliver)
            for row in reversed(mine):
                part = min(surplus, row.open_quantity)
                if part > 0:
                    take(book, row, part, as_released=True)
                    surplus -= part
                    changed.append(row)
    save_reservations(changed)
    book.save()


@transaction.atomic
def reject_return(*, sales_return: SalesReturn, reason: str = "") -> SalesReturn:
    """Refuse a requested return; its quantities can be returned again."""
    _lock_with_order(sales_return)
    sales_return.reason = "; ".join(part for part in (sales_return.reason, reason) if part)[:500]
    transitions.change_state(sales_return, ReturnState.REJECTED, fields=["reason"])
    return sales_return


@transaction.atomic
def credit_return(*, sales_return: SalesReturn, post_entries: bool = False) -> SalesInvoice:
    """Issue the credit note with exactly the amounts of the return, less what was never invoiced.

    Goods of several invoices are credited by one note for each; the first one is returned, all of them are
    `sales_return.credit_notes`. Raises AmountExceeded above the invoices, and PermanentError (nothing_to_credit).
    """
    _lock_with_order(sales_return)
    transitions.require_transition(sales_return, ReturnState.CREDITED)
    if sales_return.state == ReturnState.REQUESTED and sales_return.lines.exists():
        raise IllegalState(
            f"Return {sales_return} has goods that were not received.",
            cure="Receive the return (with or without restocking) before crediting it.",
            item=str(sales_return),
        )
    notes = [_credit_note(sales_return, share) for share in credit_shares(sales_return)]
    if not notes:
        raise PermanentError(
            f"Nothing of return {sales_return} was invoiced, so there is nothing to credit.",
            code="nothing_to_credit",
            cure="Nothing to do: it was taken off the order before the invoice.",
            item=str(sales_return),
        )
    for note in notes:
        issue_invoice(invoice=note, post_entries=post_entries)
    sales_return.credit_note = notes[0]
    if not sales_return.number:
        sales_return.number = numbering.next_number(
            document_type=DocumentType.RETURN,
            legal_entity=sales_return.legal_entity,
            on=sales_return.issue_date,
        )
    transitions.change_state(sales_return, ReturnState.CREDITED, fields=["credit_note", "number"])
    return notes[0]


def _credit_note(sales_return: SalesReturn, share: CreditShare) -> SalesInvoice:
    original = share.invoice
    note = SalesInvoice(
        kind=InvoiceKind.CREDIT_NOTE,
        channel=sales_return.channel,
        customer=sales_return.customer,
        order=sales_return.order,
        original_invoice=original,
        sales_return=sales_return,
        currency=sales_return.currency,
        exchange_rate=sales_return.exchange_rate,
        prices_include_tax=sales_return.prices_include_tax,
        rounding=share.rounding,
        reason=sales_return.reason,
        billing_address=original.billing_address if original else {},
        legal_entity=sales_return.legal_entity,
        branch=sales_return.branch,
        department=sales_return.department,
        sector=sales_return.sector,
    )
    return save_credit_note(note, share.invoice_lines(note.currency), share.document_charges(note.currency))
