"""Accounting entries: optional, made from documents, always balanced, never in a closed period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from ecomsync.common.errors import MissingMapping
from ecomsync.common.money import ZERO, round_money
from ecomsync.common.sql import insert_rows
from erp.errors import EntryUnbalanced, PeriodLocked
from erp.models import (
    Account,
    AccountingEntry,
    AccountingEntryLine,
    AccountingEvent,
    AccountingRule,
    AccountType,
    Customer,
    Delivery,
    InvoiceKind,
    InvoiceTax,
    LegalEntity,
    PaymentMethod,
    PeriodLock,
    Receipt,
    ReceiptKind,
    SalesInvoice,
    SalesReturn,
    StockMovement,
)
from erp.models.columns import plain
from erp.services import numbering
from erp.states import DocumentType

Source = SalesInvoice | Receipt | Delivery | SalesReturn


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount in the document's currency for an event; negative swaps debit and credit."""

    event: str
    amount: Decimal
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class EntryWish:
    """An entry to be made of a document."""

    document: Source
    source_type: str
    postings: Sequence[Posting]
    customer: Customer
    currency: str
    rate: Decimal
    payment_method: PaymentMethod | None = None


@transaction.atomic(savepoint=False)
def post_documents(documents: Sequence[SalesInvoice | Receipt | Delivery]) -> list[AccountingEntry]:
    """Entries of issued invoices, posted receipts and shipped deliveries, numbered in their order.

    A credit note posts the opposite of an invoice, a refund that of a payment; a delivery posts what its goods cost,
    if anything.
    """
    taxes = _taxes([row for row in documents if isinstance(row, SalesInvoice)])
    costs = _costs([row for row in documents if isinstance(row, Delivery)])
    wishes = []
    for document in documents:
        if isinstance(document, SalesInvoice):
            wishes.append(_invoice_wish(document, taxes.get(document.pk, ())))
        elif isinstance(document, Receipt):
            wishes.append(_receipt_wish(document))
        elif costs.get(document.pk):
            wishes.append(
                _cost_wish(document, DocumentType.DELIVERY, document.order.customer, costs[document.pk])
            )
    return _post_all(wishes)


def post_receipt(receipt: Receipt) -> AccountingEntry:
    """Entry of a payment; a refund posts the other way round. What was withheld never reached the bank."""
    return post_documents([receipt])[0]


@transaction.atomic
def post_stock_cost(
    *,
    movements: Iterable[StockMovement],
    source: Delivery | SalesReturn,
    source_type: str,
    customer: Customer,
) -> AccountingEntry | None:
    """Entry of the cost of goods that left (or, with positive movements, came back); None when they cost nothing."""
    cost = sum((-row.quantity * row.unit_cost for row in movements), ZERO)
    if not cost:
        return None
    return _post_all([_cost_wish(source, source_type, customer, cost)])[0]


def _taxes(invoices: Sequence[SalesInvoice]) -> dict[int, list[InvoiceTax]]:
    found: dict[int, list[InvoiceTax]] = {}
    if invoices:
        for tax in InvoiceTax.objects.filter(invoice__in=[row.pk for row in invoices]):
            found.setdefault(tax.invoice_id, []).append(tax)
    return found


def _costs(deliveries: Sequence[Delivery]) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    if deliveries:
        rows = StockMovement.objects.filter(
            source_type=DocumentType.DELIVERY,
            source_id__in=[row.pk for row in deliveries],
            reversal_of=None,
        )
        for pk, quantity, cost in rows.values_list("source_id", "quantity", "unit_cost"):
            found[pk or 0] = found.get(pk or 0, ZERO) - quantity * cost
    return found


def _invoice_wish(invoice: SalesInvoice, taxes: Sequence[InvoiceTax]) -> EntryWish:
    sign = -1 if invoice.kind == InvoiceKind.CREDIT_NOTE else 1
    postings = [
        Posting(AccountingEvent.INVOICE_LINES, sign * invoice.lines_net),
        Posting(AccountingEvent.INVOICE_CHARGES, sign * invoice.charges_net),
        Posting(AccountingEvent.INVOICE_DISCOUNT, sign * invoice.discount_net),
        Posting(AccountingEvent.INVOICE_ROUNDING, sign * invoice.rounding),
        *(Posting(AccountingEvent.INVOICE_TAX, sign * tax.tax_amount, tax.tax_code) for tax in taxes),
    ]
    return EntryWish(
        invoice, invoice.document_type, postings, invoice.customer, invoice.currency, invoice.exchange_rate
    )


def _receipt_wish(receipt: Receipt) -> EntryWish:
    sign = -1 if receipt.kind == ReceiptKind.REFUND else 1
    return EntryWish(
        receipt,
        DocumentType.RECEIPT,
        [
            Posting(AccountingEvent.RECEIPT, sign * (receipt.amount - receipt.withheld)),
            Posting(AccountingEvent.RECEIPT_FEE, sign * receipt.withheld),
        ],
        receipt.customer,
        receipt.currency,
        receipt.exchange_rate,
        receipt.payment_method,
    )


def _cost_wish(
    source: Delivery | SalesReturn, source_type: str, customer: Customer, cost: Decimal
) -> EntryWish:
    books = base_currency(source.legal_entity)
    return EntryWish(
        source, source_type, [Posting(AccountingEvent.STOCK_ISSUE, cost)], customer, books, Decimal(1)
    )


def base_currency(legal_entity: LegalEntity | None) -> str:
    """Currency of the books: that of the legal entity, else of the first one."""
    entity = legal_entity or LegalEntity.objects.order_by("id").first()
    return entity.base_currency if entity else "SAR"


def _post_all(wishes: Sequence[EntryWish]) -> list[AccountingEntry]:
    if not wishes:
        return []
    dated = {(wish.document.issue_date, wish.document.legal_entity) for wish in wishes}
    for date, entity in dated:
        require_open_period(date, entity)
    rules = list(
        AccountingRule.objects.select_related("debit_account", "credit_account").order_by("line_no", "id")
    )
    books = {entity: base_currency(entity) for _, entity in dated}
    entries = [
        (_entry(wish), _entry_lines(wish, rules, books[wish.document.legal_entity])) for wish in wishes
    ]
    return write_entries(entries)


def _entry_lines(wish: EntryWish, rules: Sequence[AccountingRule], books: str) -> list[AccountingEntryLine]:
    lines: list[AccountingEntryLine] = []
    for posting in wish.postings:
        if not posting.amount:
            continue
        rule = _rule(rules, posting.event, wish.document.legal_entity, wish.customer, wish.payment_method)
        debit, credit = rule.debit_account, rule.credit_account
        if posting.amount < 0:
            debit, credit = credit, debit
        amount = abs(posting.amount)
        value = round_money(amount * wish.rate, books)
        common = {"customer": wish.customer, "tax_code": posting.tax_code, "currency": wish.currency}
        lines.append(AccountingEntryLine(account=debit, debit=value, amount_currency=amount, **common))
        lines.append(AccountingEntryLine(account=credit, credit=value, amount_currency=-amount, **common))
    return lines


def _entry(wish: EntryWish) -> AccountingEntry:
    document = wish.document
    return AccountingEntry(
        source_type=wish.source_type,
        source_id=document.pk,
        description=f"{wish.source_type} {document}"[:255],
        issue_date=document.issue_date,
        value_date=document.value_date,
        legal_entity=document.legal_entity,
        branch=document.branch,
        department=document.department,
        sector=document.sector,
    )


def write_entry(entry: AccountingEntry, lines: Sequence[AccountingEntryLine]) -> AccountingEntry:
    """Number and store an entry. Raises EntryUnbalanced unless debit equals credit."""
    return write_entries([(entry, lines)])[0]


def write_entries(
    entries: Sequence[tuple[AccountingEntry, Sequence[AccountingEntryLine]]],
) -> list[AccountingEntry]:
    """The same for several, in a handful of statements."""
    for entry, lines in entries:
        _require_balanced(entry, lines)
    headers = [entry for entry, _ in entries]
    numbers = numbering.next_numbers(
        [
            numbering.NumberWish(
                DocumentType.ACCOUNTING_ENTRY, legal_entity=entry.legal_entity, on=entry.issue_date
            )
            for entry in headers
        ]
    )
    for entry, number in zip(headers, numbers, strict=True):
        entry.number = number
    insert_rows(headers)
    for entry, lines in entries:
        for line_no, line in enumerate(lines, start=1):
            line.entry, line.line_no = entry, line_no
    insert_rows([line for _, lines in entries for line in lines])
    return headers


def _require_balanced(entry: AccountingEntry, lines: Sequence[AccountingEntryLine]) -> None:
    debit = sum((line.debit for line in lines), ZERO)
    credit = sum((line.credit for line in lines), ZERO)
    if debit != credit:
        raise EntryUnbalanced(
            f"Entry for {entry.description}: debit {plain(debit)}, credit {plain(credit)}.",
            cure="Check the accounting rules of this event.",
            item=entry.description,
        )


def _rule(
    rules: Sequence[AccountingRule],
    event: str,
    legal_entity: LegalEntity | None,
    customer: Customer,
    payment_method: PaymentMethod | None,
) -> AccountingRule:
    """The first rule in line order whose filters fit."""
    for rule in rules:
        if (
            rule.event == event
            and rule.legal_entity_id in (None, legal_entity.pk if legal_entity else None)
            and rule.customer_group_id in (None, customer.customer_group_id)
            and rule.payment_method_id in (None, payment_method.pk if payment_method else None)
        ):
            return rule
    raise MissingMapping(
        f"No accounting rule for '{AccountingEvent(event).label}'.",
        code="missing_accounting_rule",
        cure="Add a rule for this event under ERP › Accounting rules, or switch accounting entries off.",
        item=event,
    )


def require_open_period(date: dt.date, legal_entity: LegalEntity | None) -> None:
    """Raise PeriodLocked when the books are closed on that date."""
    locks = PeriodLock.objects.filter(
        Q(legal_entity=None) | Q(legal_entity=legal_entity), locked_until__gte=date
    )
    lock = locks.first()
    if lock is not None:
        raise PeriodLocked(f"The books are closed until {lock.locked_until}; the document is dated {date}.")


@transaction.atomic
def reverse_entry(*, source_type: str, source_id: int) -> AccountingEntry | None:
    """Post the opposite of a document's entry; None when it has none."""
    found = AccountingEntry.objects.filter(source_type=source_type, source_id=source_id).first()
    if found is None:
        return None
    lines = [
        AccountingEntryLine(
            account_id=line.account_id,
            debit=line.credit,
            credit=line.debit,
            customer_id=line.customer_id,
            tax_code=line.tax_code,
            currency=line.currency,
            amount_currency=-line.amount_currency,
        )
        for line in found.lines.all()
    ]
    entry = AccountingEntry(
        source_type=f"{source_type}_reversal",
        source_id=source_id,
        description=f"reversal of {found.description}"[:255],
        legal_entity=found.legal_entity,
        branch=found.branch,
        department=found.department,
        sector=found.sector,
    )
    require_open_period(entry.issue_date, found.legal_entity)
    return write_entry(entry, lines)


#: code, Arabic name, English name, type
DEFAULT_ACCOUNTS = (
    ("1100", "النقدية والبنوك", "Cash and banks", AccountType.ASSET),
    ("1200", "ذمم العملاء", "Accounts receivable", AccountType.ASSET),
    ("1300", "المخزون", "Inventory", AccountType.ASSET),
    ("2200", "ضريبة القيمة المضافة المستحقة", "VAT payable", AccountType.LIABILITY),
    ("4000", "إيرادات المبيعات", "Sales revenue", AccountType.INCOME),
    ("4100", "إيرادات الشحن والرسوم", "Shipping and fee revenue", AccountType.INCOME),
    ("4900", "خصومات المبيعات", "Sales discounts", AccountType.INCOME),
    ("5000", "تكلفة البضاعة المباعة", "Cost of goods sold", AccountType.EXPENSE),
    ("5800", "رسوم مزودي الدفع", "Payment provider fees", AccountType.EXPENSE),
    ("5900", "فروق التقريب", "Rounding differences", AccountType.EXPENSE),
)

#: event -> debit, credit
DEFAULT_RULES = {
    AccountingEvent.INVOICE_LINES: ("1200", "4000"),
    AccountingEvent.INVOICE_CHARGES: ("1200", "4100"),
    AccountingEvent.INVOICE_DISCOUNT: ("4900", "1200"),
    AccountingEvent.INVOICE_TAX: ("1200", "2200"),
    AccountingEvent.INVOICE_ROUNDING: ("1200", "5900"),
    AccountingEvent.RECEIPT: ("1100", "1200"),
    AccountingEvent.RECEIPT_FEE: ("5800", "1200"),
    AccountingEvent.STOCK_ISSUE: ("5000", "1300"),
}


@transaction.atomic
def ensure_default_accounts() -> None:
    """A small chart of accounts with a rule for every event that has none."""
    accounts = {}
    for code, name1, name2, account_type in DEFAULT_ACCOUNTS:
        accounts[code], _ = Account.objects.get_or_create(
            code=code, defaults={"name1": name1, "name2": name2, "account_type": account_type}
        )
    present = set(AccountingRule.objects.values_list("event", flat=True))
    AccountingRule.objects.bulk_create(
        AccountingRule(
            line_no=line_no, event=event, debit_account=accounts[debit], credit_account=accounts[credit]
        )
        for line_no, (event, (debit, credit)) in enumerate(DEFAULT_RULES.items(), start=1)
        if event not in present
    )
