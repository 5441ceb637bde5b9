"""Refusals of the ERP, each with cause and cure."""

from __future__ import annotations

from ecomsync.common.errors import PermanentError


class DuplicateMismatch(PermanentError):
    """A document with this external number exists and its content differs."""

    default_code = "duplicate_mismatch"
    default_cure = "Compare both versions; cancel the existing document first if the new one is right."


class IllegalState(PermanentError):
    """The document's state does not allow this step."""

    default_code = "illegal_state"


class TotalMismatch(PermanentError):
    """The stored components of a document do not sum to its grand total."""

    default_code = "total_mismatch"
    default_cure = "Correct the amounts of the lines, charges, discount or rounding."


class StockShortage(PermanentError):
    """There is less on hand than the document needs."""

    default_code = "stock_shortage"
    default_cure = "Receive or count the stock, choose another warehouse, or let the item go negative."


class QuantityExceeded(PermanentError):
    """More is delivered, invoiced or returned than is open."""

    default_code = "quantity_exceeded"
    default_cure = "Lower the quantity to what is still open."


class AmountExceeded(PermanentError):
    """More money is credited or allocated than is open."""

    default_code = "amount_exceeded"
    default_cure = "Lower the amount to what is still open."


class CustomerRefused(PermanentError):
    """The customer is blocked, or over the credit limit."""

    default_code = "customer_refused"


class CustomerBusy(PermanentError):
    """Something is still owed by or to the customer."""

    default_code = "customer_busy"
    default_cure = "Finish or cancel the open orders and settle the invoices, then erase again."


class PeriodLocked(PermanentError):
    """The accounting period is closed."""

    default_code = "period_locked"
    default_cure = "Use a later date, or move the period lock back."


class EntryUnbalanced(PermanentError):
    """Debit and credit of an accounting entry differ."""

    default_code = "entry_unbalanced"
