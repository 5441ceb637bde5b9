"""The optional accounting module: accounts, rules, entries, period lock."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line, MasterFile, TimeStamped
from ecomsync.common.money import ZERO
from erp.models.columns import CURRENCY_CODE, MONEY
from erp.models.organisation import Document, LegalEntity
from erp.models.parties import Customer, CustomerGroup
from erp.models.terms import PaymentMethod


class AccountType(models.TextChoices):
    ASSET = "asset", _("asset")
    LIABILITY = "liability", _("liability")
    EQUITY = "equity", _("equity")
    INCOME = "income", _("income")
    EXPENSE = "expense", _("expense")


class Account(MasterFile):
    """An account of the chart of accounts."""

    account_type = models.CharField(_("account type"), max_length=10, choices=AccountType.choices)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ("code",)


class AccountingEvent(models.TextChoices):
    INVOICE_LINES = "invoice_lines", _("invoice: items, net")
    INVOICE_DISCOUNT = "invoice_discount", _("invoice: header discount, net")
    INVOICE_CHARGES = "invoice_charges", _("invoice: charges, net")
    INVOICE_TAX = "invoice_tax", _("invoice: tax")
    INVOICE_ROUNDING = "invoice_rounding", _("invoice: rounding")
    RECEIPT = "receipt", _("receipt from a customer")
    RECEIPT_FEE = "receipt_fee", _("receipt: settlement difference")
    STOCK_ISSUE = "stock_issue", _("cost of goods that left")


class AccountingRule(Line):
    """Which accounts an event posts to. Credit notes, refunds and returned goods use them the other way round."""

    event = models.CharField(_("event"), max_length=20, choices=AccountingEvent.choices, db_index=True)
    legal_entity = models.ForeignKey(
        LegalEntity,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("legal entity"),
        help_text=_("Empty: any."),
    )
    payment_method = models.ForeignKey(
        PaymentMethod,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("payment method"),
        help_text=_("Empty: any."),
    )
    customer_group = models.ForeignKey(
        CustomerGroup,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer group"),
        help_text=_("Empty: any."),
    )
    debit_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("debit account")
    )
    credit_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("credit account")
    )

    class Meta(Line.Meta):
        verbose_name = _("accounting rule")
        verbose_name_plural = _("accounting rules")

    def __str__(self) -> str:
        return f"{self.get_event_display()}: {self.debit_account.code} / {self.credit_account.code}"


class AccountingEntry(Document):
    """A balanced entry, made from one document; read only."""

    source_type = models.CharField(_("source type"), max_length=30)
    source_id = models.BigIntegerField(_("source id"))
    description = models.CharField(_("description"), max_length=255, blank=True)

    class Meta(Document.Meta):
        verbose_name = _("accounting entry")
        verbose_name_plural = _("accounting entries")
        constraints = [
            *Document.Meta.constraints,
            models.UniqueConstraint(fields=["source_type", "source_id"], name="erp_accountingentry_source"),
        ]


class AccountingEntryLine(Line):
    """A debit or a credit, in the base currency."""

    entry = models.ForeignKey(
        AccountingEntry, on_delete=models.CASCADE, related_name="lines", verbose_name=_("accounting entry")
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account")
    )
    debit = models.DecimalField(_("debit"), default=ZERO, **MONEY)
    credit = models.DecimalField(_("credit"), default=ZERO, **MONEY)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer"),
    )
    tax_code = models.CharField(_("tax code"), max_length=20, blank=True)
    currency = models.CharField(_("currency"), max_length=3, validators=[CURRENCY_CODE])
    amount_currency = models.DecimalField(
        _("amount in currency"),
        default=ZERO,
        help_text=_("In the currency of the document; credit is negative."),
        **MONEY,
    )

    class Meta(Line.Meta):
        verbose_name = _("entry line")
        verbose_name_plural = _("entry lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(debit__gte=0) & Q(credit__gte=0) & (Q(debit=0) | Q(credit=0)),
                name="erp_accountingentryline_one_side",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account.code} {self.debit} / {self.credit}"


class PeriodLock(TimeStamped):
    """Nothing is posted on or before this date any more."""

    legal_entity = models.OneToOneField(
        LegalEntity,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="period_lock",
        verbose_name=_("legal entity"),
        help_text=_("Empty: all."),
    )
    locked_until = models.DateField(_("locked until"))

    class Meta:
        verbose_name = _("period lock")
        verbose_name_plural = _("period locks")

    def __str__(self) -> str:
        return f"{self.legal_entity or '*'}: {self.locked_until}"

    def clean(self) -> None:
        super().clean()
        if (
            self.legal_entity is None
            and PeriodLock.objects.filter(legal_entity=None).exclude(pk=self.pk).exists()
        ):
            raise ValidationError(
                {"legal_entity": _("There is a lock for all legal entities already; change that one.")}
            )
