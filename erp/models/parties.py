"""Customers, their groups and addresses."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line, MasterFile
from erp.customer_keys import clean_tax_number, normalise_email, normalise_phone
from erp.models.columns import COUNTRY_CODE, CURRENCY_CODE, MONEY
from erp.models.organisation import BusinessMasterFile
from erp.models.prices import PriceList
from erp.models.terms import TaxPlan


class CustomerGroup(MasterFile):
    """Customers that share terms."""

    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent group"),
    )
    price_list = models.ForeignKey(
        PriceList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("price list"),
        help_text=_("For customers of this group that have no list of their own."),
    )
    tax_plan_override = models.ForeignKey(
        TaxPlan,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tax plan"),
        help_text=_("Takes the place of the item's tax plan for these customers."),
    )

    class Meta:
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        ordering = ("code",)

    def clean(self) -> None:
        super().clean()
        seen = {self.pk} if self.pk else set()
        ancestor = self.parent
        while ancestor is not None:
            if ancestor.pk in seen:
                raise ValidationError({"parent": _("The parents of this group would make a circle.")})
            seen.add(ancestor.pk)
            ancestor = ancestor.parent


class CustomerType(models.TextChoices):
    INDIVIDUAL = "individual", _("individual")
    COMPANY = "company", _("company")


class CreditCheck(models.TextChoices):
    NONE = "none", _("no check")
    WARN = "warn", _("warn")
    BLOCK = "block", _("block")


class Blocked(models.TextChoices):
    NONE = "none", _("not blocked")
    ORDERS = "orders", _("no new orders")
    ALL = "all", _("blocked altogether")


class Customer(BusinessMasterFile):
    """Who buys. A person has first and last name; a company stands in name 1."""

    name1 = models.CharField(_("first name / company"), max_length=255, blank=True)
    name2 = models.CharField(_("last name"), max_length=255, blank=True)
    customer_type = models.CharField(
        _("customer type"), max_length=10, choices=CustomerType.choices, default=CustomerType.INDIVIDUAL
    )
    email = models.EmailField(
        _("e-mail"), max_length=254, blank=True, db_index=True, help_text=_("Stored in small letters.")
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True, db_index=True)
    mobile = models.CharField(
        _("mobile"),
        max_length=40,
        blank=True,
        db_index=True,
        help_text=_("In international form, such as +966501234567."),
    )
    tax_reg_no = models.CharField(_("tax registration number"), max_length=40, blank=True, db_index=True)
    customer_group = models.ForeignKey(
        CustomerGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("customer group"),
    )
    price_list = models.ForeignKey(
        PriceList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("price list"),
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True, validators=[CURRENCY_CODE])
    language = models.CharField(_("language"), max_length=10, blank=True, help_text=_("Such as ar or en."))
    credit_limit = models.DecimalField(
        _("credit limit"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Empty: no limit."),
        **MONEY,
    )
    credit_check = models.CharField(
        _("credit check"), max_length=5, choices=CreditCheck.choices, default=CreditCheck.NONE
    )
    payment_terms_days = models.PositiveSmallIntegerField(_("payment terms (days)"), default=0)
    blocked = models.CharField(_("blocked"), max_length=6, choices=Blocked.choices, default=Blocked.NONE)
    is_guest = models.BooleanField(
        _("guest"), default=False, help_text=_("Bought without an account in the shop.")
    )
    marketing_consent = models.BooleanField(_("agreed to marketing"), default=False)
    erased_at = models.DateTimeField(_("personal data erased at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("code",)
        permissions = [("erase_customer", _("Can erase the personal data of a customer"))]

    @property
    def display_name(self) -> str:
        """Company name, or first and last name, or whatever tells the customer."""
        name = " ".join(part for part in (self.name1, self.name2) if part)
        return name or self.email or self.mobile

    def normalise(self) -> None:
        """The keys by which customers are found, in the form in which they are looked for."""
        self.email = normalise_email(self.email) or self.email.strip().lower()
        self.mobile = normalise_phone(self.mobile) or re.sub(r"[\s().-]", "", self.mobile)
        self.tax_reg_no = clean_tax_number(self.tax_reg_no)

    def clean(self) -> None:
        super().clean()
        self.normalise()
        if not (self.name1 or self.name2):
            raise ValidationError({"name1": _("Enter a name.")})
        if self.customer_type == CustomerType.COMPANY and not self.name1:
            raise ValidationError({"name1": _("Enter the name of the company.")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise()
        super().save(*args, **kwargs)


class AddressKind(models.TextChoices):
    BILLING = "billing", _("billing")
    SHIPPING = "shipping", _("shipping")


class CustomerAddress(Line):
    """Where to send goods or invoices."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("customer")
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=AddressKind.choices, default=AddressKind.SHIPPING
    )
    name = models.CharField(_("name"), max_length=255, blank=True)
    company = models.CharField(_("company"), max_length=255, blank=True)
    line1 = models.CharField(_("address line 1"), max_length=255, blank=True)
    line2 = models.CharField(_("address line 2"), max_length=255, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[COUNTRY_CODE],
        help_text=_("Two letters, such as SA."),
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta(Line.Meta):
        verbose_name = _("customer address")
        verbose_name_plural = _("customer addresses")

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.line1, self.city, self.country) if part)
