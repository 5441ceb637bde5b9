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


@transaction.atomic
def post_invoice(invoice: SalesInvoice) -> AccountingEntry:
    """Entry of an issued invoice; a credit note posts the same the other way round."""
    sign = -1 if invoice.kind == InvoiceKind.CREDIT_NOTE else 1
    postings = [
        Posting(AccountingEvent.INVOICE_LINES, sign * invoice.lines_net),
        Posting(AccountingEvent.INVOICE_CHARGES, sign * invoice.charges_net),
        Posting(AccountingEvent.INVOICE_DISCOUNT, sign * invoice.discount_net),
        Posting(AccountingEvent.INVOICE_ROUNDING, sign * invoice.rounding),
        *(
            Posting(AccountingEvent.INVOICE_TAX, sign * tax.tax_amount, tax.tax_code)
            for tax in invoice.taxes.all()
        ),
    ]
    return _post(
        invoice,
        document_type=invoice.document_type,
        postings=postings,
        customer=invoice.customer,
        currency=invoice.currency,
        rate=invoice.exchange_rate,
    )


@transaction.atomic
def post_receipt(receipt: Receipt) -> AccountingEntry:
    """Entry of a payment; a refund posts the other way round. What was withheld never reached the bank."""
    sign = -1 if receipt.kind == ReceiptKind.REFUND else 1
    return _post(
        receipt,
        document_type=DocumentType.RECEIPT,
        postings=[
            Posting(AccountingEvent.RECEIPT, sign * (receipt.amount - receipt.withheld)),
            Posting(AccountingEvent.RECEIPT_FEE, sign * receipt.withheld),
        ],
        customer=receipt.customer,
        currency=receipt.currency,
        rate=receipt.exchange_rate,
        payment_method=receipt.payment_method,
    )


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
    return _post(
        source,
        document_type=source_type,
        postings=[Posting(AccountingEvent.STOCK_ISSUE, cost)],
        customer=customer,
        currency=base_currency(source.legal_entity),
        rate=Decimal(1),
    )


def base_currency(legal_entity: LegalEntity | None) -> str:
    """Currency of the books: that of the legal entity, else of the first one."""
    entity = legal_entity or LegalEntity.objects.order_by("id").first()
    return entity.base_currency if entity else "SAR"


def _post(
    document: Source,
    *,
    document_type: str,
    postings: Sequence[Posting],
    customer: Customer,
    currency: str,
    rate: Decimal,
    payment_method: PaymentMethod | None = None,
) -> AccountingEntry:
    require_open_period(document.issue_date, document.legal_entity)
    books = base_currency(document.legal_entity)
    rules = list(
        AccountingRule.objects.select_related("debit_account", "credit_account").order_by("line_no", "id")
    )
    lines: list[AccountingEntryLine] = []
    for posting in postings:
        if not posting.amount:
            continue
        rule = _rule(rules, posting.event, document.legal_entity, customer, payment_method)
        debit, credit = rule.debit_account, rule.credit_account
        if posting.amount < 0:
            debit, credit = credit, debit
        amount = abs(posting.amount)
        value = round_money(amount * rate, books)
        common = {"customer": customer, "tax_code": posting.tax_code, "currency": currency}
        lines.append(AccountingEntryLine(account=debit, debit=value, amount_currency=amount, **common))
        lines.append(AccountingEntryLine(account=credit, credit=value, amount_currency=-amount, **common))
    entry = AccountingEntry(
        source_type=document_type,
        source_id=document.pk,
        description=f"{document_type} {document}"[:255],
        issue_date=document.issue_date,
        value_date=document.value_date,
        legal_entity=document.legal_entity,
        branch=document.branch,
        department=document.department,
        sector=document.sector,
    )
    return write_entry(entry, lines)


def write_entry(entry: AccountingEntry, lines: Sequence[AccountingEntryLine]) -> AccountingEntry:
    """Number and store an entry. Raises EntryUnbalanced unless debit equals credit."""
    debit = sum((line.debit for line in lines), ZERO)
    credit = sum((line.credit for line in lines), ZERO)
    if debit != credit:
        raise EntryUnbalanced(
            f"Entry for {entry.description}: debit {plain(debit)}, credit {plain(credit)}.",
            cure="Check the accounting rules of this event.",
            item=entry.description,
        )
    entry.number = numbering.next_number(
        document_type=DocumentType.ACCOUNTING_ENTRY, legal_entity=entry.legal_entity, on=entry.issue_date
    )
    entry.save()
    for line_no, line in enumerate(lines, start=1):
        line.entry, line.line_no = entry, line_no
    AccountingEntryLine.objects.bulk_create(lines)
    return entry


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
