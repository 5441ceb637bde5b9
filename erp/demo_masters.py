"""Master files of the demo company: organisation, units, taxes, warehouses, price lists, methods, service items."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Model
from django.utils import timezone

from erp.models import (
    Branch,
    CancelReason,
    Currency,
    Customer,
    CustomerGroup,
    DeliveryMethod,
    Department,
    ExchangeRate,
    Item,
    ItemType,
    LegalEntity,
    PaymentKind,
    PaymentMethod,
    PaymentTerms,
    PriceList,
    ReturnReason,
    SalesPerson,
    Sector,
    TaxAppliesTo,
    TaxPlan,
    TaxPlanLine,
    UnitOfMeasure,
    Warehouse,
)
from erp.services.accounting import ensure_default_accounts

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class DemoMasters:
    """What items and their stock point at."""

    company: LegalEntity
    piece: UnitOfMeasure
    standard_tax: TaxPlan
    zero_tax: TaxPlan
    retail: PriceList
    wholesale: PriceList
    warehouses: dict[str, Warehouse]


def _master(model: type[M], code: str, name1: str, name2: str, **values: Any) -> M:
    row, _ = model._default_manager.get_or_create(
        code=code, defaults={"name1": name1, "name2": name2, **values}
    )
    return row


def load_masters() -> DemoMasters:
    """Make what is missing; what staff changed since is left alone."""
    company = _master(
        LegalEntity,
        "ELITE",
        "شركة النخبة للتجارة",
        "Elite Trading Co.",
        tax_reg_no="310122393500003",
        address="طريق الملك فهد، حي العليا\nالرياض 12211",
        address2="King Fahd Road, Al Olaya\nRiyadh 12211",
        commercial_reg_no="1010123456",
        invoice_footer1="تُقبل الإعادة خلال 14 يومًا من الاستلام. نشكركم على تعاملكم معنا.",
        invoice_footer2="Returns are accepted within 14 days of receipt. Thank you for your business.",
        base_currency="SAR",
        prices_include_tax=True,
        time_zone="Asia/Riyadh",
        phone="+966112345678",
        email="info@elite-trading.example",
    )
    riyadh = _master(Branch, "RIYADH", "فرع الرياض", "Riyadh branch", legal_entity=company)
    jeddah = _master(Branch, "JEDDAH", "فرع جدة", "Jeddah branch", legal_entity=company)
    _master(Department, "ECOM", "التجارة الإلكترونية", "E-commerce")
    _master(Sector, "RETAIL", "التجزئة", "Retail")
    _load_currencies()
    standard, zero = _load_taxes()
    warehouses = {
        "RUH": _master(
            Warehouse,
            "RUH",
            "مستودع الرياض",
            "Riyadh warehouse",
            is_default=True,
            priority=1,
            legal_entity=company,
            branch=riyadh,
            address="الرياض، حي السلي",
        ),
        "JED": _master(
            Warehouse,
            "JED",
            "مستودع جدة",
            "Jeddah warehouse",
            priority=2,
            legal_entity=company,
            branch=jeddah,
            address="جدة، حي الخمرة",
        ),
    }
    retail = _master(
        PriceList,
        "RETAIL",
        "قائمة أسعار التجزئة",
        "Retail price list",
        currency="SAR",
        prices_include_tax=True,
    )
    wholesale = _master(
        PriceList,
        "WHOLESALE",
        "قائمة أسعار الجملة",
        "Wholesale price list",
        currency="SAR",
        prices_include_tax=False,
        priority=5,
    )
    piece = _load_units()
    _load_services(company, piece, standard)
    _load_terms()
    _load_customers(company, retail, wholesale)
    ensure_default_accounts()
    return DemoMasters(company, piece, standard, zero, retail, wholesale, warehouses)


def _load_currencies() -> None:
    for code, name1, name2, decimals, rate in (
        ("SAR", "ريال سعودي", "Saudi riyal", 2, "1"),
        ("KWD", "دينار كويتي", "Kuwaiti dinar", 3, "12.21"),
        ("USD", "دولار أمريكي", "US dollar", 2, "3.75"),
    ):
        currency, made = Currency.objects.get_or_create(
            code=code, defaults={"name1": name1, "name2": name2, "decimal_places": decimals}
        )
        if made:
            day = timezone.localdate().replace(month=1, day=1)
            ExchangeRate.objects.create(currency=currency, date=day, rate_to_base=Decimal(rate))


def _load_units() -> UnitOfMeasure:
    _master(UnitOfMeasure, "KG", "كيلوغرام", "Kilogram", decimals_allowed=3, unece_code="KGM")
    _master(UnitOfMeasure, "CTN", "كرتون", "Carton", unece_code="CT")
    return _master(UnitOfMeasure, "PCS", "حبة", "Piece", unece_code="C62")


def _load_taxes() -> tuple[TaxPlan, TaxPlan]:
    standard = _master(TaxPlan, "VAT15", "ضريبة القيمة المضافة 15٪", "VAT 15 %")
    zero = _master(TaxPlan, "ZERO", "نسبة صفرية", "Zero rated")
    exempt = "Zero rated supply · توريد خاضع لنسبة الصفر"
    for plan, code, rate, text in ((standard, "VAT15", 15, ""), (zero, "ZERO", 0, exempt)):
        TaxPlanLine.objects.get_or_create(
            tax_plan=plan,
            tax_code=code,
            defaults={
                "line_no": 1,
                "rate": rate,
                "applies_to": TaxAppliesTo.BOTH,
                "exemption_text": text,
            },
        )
    return standard, zero


def _load_services(company: LegalEntity, piece: UnitOfMeasure, tax: TaxPlan) -> None:
    common = {"item_type": ItemType.SERVICE, "base_unit": piece, "sellable": False, "legal_entity": company}
    shipping = _master(Item, "SHIPPING", "خدمة الشحن", "Shipping", tax_plan=tax, **common)
    for code, name1, name2 in (
        ("COD-FEE", "رسوم الدفع عند الاستلام", "Cash on delivery fee"),
        ("FEE", "رسوم أخرى", "Other fee"),
        ("GIFT-WRAP", "تغليف هدايا", "Gift wrapping"),
        ("DISCOUNT", "خصم", "Discount"),
        ("ROUNDING", "فرق تقريب", "Rounding"),
    ):
        _master(Item, code, name1, name2, tax_plan=tax, **common)
    for code, name1, name2, carrier, url in (
        ("SMSA", "سمسا إكسبرس", "SMSA Express", "SMSA", "https://track.smsaexpress.example/?no={number}"),
        ("ARAMEX", "أرامكس", "Aramex", "Aramex", "https://track.aramex.example/?no={number}"),
        ("PICKUP", "استلام من الفرع", "Pick-up at the branch", "", ""),
    ):
        _master(
            DeliveryMethod,
            code,
            name1,
            name2,
            carrier=carrier,
            service_item=shipping,
            tracking_url_template=url,
        )


def _load_terms() -> None:
    for code, name1, name2, kind, at_once in (
        ("CARD", "بطاقة ائتمان", "Credit card", PaymentKind.CARD, True),
        ("MADA", "مدى", "mada", PaymentKind.CARD, True),
        ("STCPAY", "محفظة STC Pay", "STC Pay", PaymentKind.WALLET, True),
        ("BANK", "حوالة بنكية", "Bank transfer", PaymentKind.TRANSFER, False),
        ("COD", "الدفع عند الاستلام", "Cash on delivery", PaymentKind.COD, False),
    ):
        _master(PaymentMethod, code, name1, name2, kind=kind, settles_immediately=at_once)
    _master(PaymentTerms, "CASH", "نقدًا", "Cash", days=0)
    _master(PaymentTerms, "NET30", "آجل 30 يومًا", "Net 30 days", days=30)
    _master(ReturnReason, "DAMAGED", "بضاعة تالفة", "Damaged goods", restock_default=False)
    _master(ReturnReason, "CHANGED-MIND", "عدول عن الشراء", "Change of mind", restock_default=True)
    _master(CancelReason, "CUSTOMER", "بطلب العميل", "Customer request")
    _master(CancelReason, "NO-STOCK", "عدم توفر البضاعة", "Out of stock")
    _master(SalesPerson, "WEB", "المتجر الإلكتروني", "Web store")


def _load_customers(company: LegalEntity, retail: PriceList, wholesale: PriceList) -> None:
    shoppers = _master(CustomerGroup, "RETAIL", "عملاء التجزئة", "Retail customers", price_list=retail)
    trade = _master(CustomerGroup, "WHOLESALE", "عملاء الجملة", "Wholesale customers", price_list=wholesale)
    wholesale.customer_groups.add(trade)
    common = {"legal_entity": company, "currency": "SAR", "language": "ar"}
    _master(
        Customer, "WEB-GUEST", "عميل المتجر الإلكتروني", "", customer_group=shoppers, is_guest=True, **common
    )
    _master(
        Customer,
        "B2B-0001",
        "مؤسسة الأفق للمقاولات",
        "",
        customer_type="company",
        customer_group=trade,
        tax_reg_no="300055512300003",
        email="purchasing@alofuq.example",
        credit_limit=Decimal(50000),
        credit_check="warn",
        payment_terms_days=30,
        **common,
    )
