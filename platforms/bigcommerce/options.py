"""The settings of a BigCommerce site: declared for the site form, read into one typed value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.base import OptionField

OPTION_FIELDS: tuple[OptionField, ...] = (
    OptionField(
        "channel_id",
        "Channel",
        "القناة",
        kind="int",
        default="",
        help_en="Number of the sales channel whose orders are read, whose categories are used and to which new products "
        "are assigned. Empty: all channels, and the default one for categories.",
        help_ar="رقم قناة البيع التي تُقرأ طلباتها وتُستعمل تصنيفاتها وتُسند إليها المنتجات الجديدة. فارغ: كل القنوات، "
        "والقناة الافتراضية للتصنيفات.",
    ),
    OptionField(
        "location_id",
        "Location of quantities",
        "موقع الكميات",
        kind="int",
        default=1,
        help_en="Number of the location that gets the quantities of warehouses without a location of their own. "
        "1 is the default location of every store.",
        help_ar="رقم الموقع الذي تُكتب إليه كميات المستودعات التي ليس لها موقع خاص. الرقم 1 هو الموقع الافتراضي لكل متجر.",
    ),
    OptionField(
        "fractional_quantities",
        "Quantities with a fraction",
        "الكميات الكسرية",
        kind="choice",
        default="reject",
        choices=("reject", "floor"),
        help_en="BigCommerce takes whole numbers only. reject: the row fails and says so; floor: 7.5 is published as 7.",
        help_ar="يقبل بيج كوميرس الأعداد الصحيحة فقط. reject: يُرفض السطر مع بيان السبب؛ floor: تُنشر 7.5 على أنها 7.",
    ),
    OptionField(
        "tax_details",
        "Read the tax rates of orders",
        "قراءة نسب ضريبة الطلبات",
        kind="bool",
        default=True,
        help_en="One more call for each order with tax. Off: taxes come as amounts without a rate.",
        help_ar="نداء إضافي لكل طلب عليه ضريبة. عند الإيقاف: تأتي الضرائب مبالغ بلا نسبة.",
    ),
    OptionField(
        "transactions",
        "Read the transactions of orders",
        "قراءة معاملات دفع الطلبات",
        kind="bool",
        default=False,
        help_en="One more call for each paid order: date of payment and number of the gateway. The API account needs the "
        "scope 'Order Transactions'.",
        help_ar="نداء إضافي لكل طلب مدفوع: تاريخ الدفع ورقم عملية بوابة الدفع. يحتاج حساب الواجهة إلى صلاحية "
        "Order Transactions.",
    ),
    OptionField(
        "paid_statuses",
        "Statuses that mean paid",
        "الحالات التي تعني أن الطلب مدفوع",
        default="10",
        help_en="For offline payments, of which the store knows no payment: numbers of the statuses in which such an order "
        "counts as paid, comma separated. 10 is Completed.",
        help_ar="للدفع خارج المتجر الذي لا يسجّل له المتجر دفعة: أرقام الحالات التي يُعد فيها الطلب مدفوعًا، مفصولة بفواصل. "
        "الرقم 10 هو «مكتمل».",
    ),
    OptionField(
        "tax_number_fields",
        "Form fields of the tax number",
        "حقول الرقم الضريبي في النموذج",
        default="VAT number,Tax number,Tax ID,VAT ID,الرقم الضريبي",
        help_en="Names of the checkout's form field that holds the buyer's tax number; comma separated, the first found wins.",
        help_ar="أسماء حقل النموذج الذي يحمل الرقم الضريبي للمشتري عند الدفع؛ مفصولة بفواصل ويُعتمد أول ما يوجد.",
    ),
    OptionField(
        "webhook_signature",
        "Signature of deliveries",
        "توقيع الإشعارات",
        kind="choice",
        default="auto",
        choices=("auto", "required", "header"),
        help_en="Each delivery must bear our secret header. auto: it must be signed too, when the client secret is entered; "
        "required: always; header: the header alone is enough.",
        help_ar="يجب أن يحمل كل إشعار ترويستنا السرية. auto: يجب أن يكون موقّعًا أيضًا إذا أُدخل سر العميل؛ "
        "required: دائمًا؛ header: تكفي الترويسة وحدها.",
    ),
    OptionField(
        "capture_on_shipment",
        "Capture the payment on shipment",
        "تحصيل المبلغ عند الشحن",
        kind="bool",
        default=False,
        help_en="An authorised payment is captured when the order's goods have left.",
        help_ar="يُحصَّل المبلغ المحجوز عندما تخرج بضاعة الطلب.",
    ),
    OptionField(
        "visible_on_create",
        "Show new products",
        "إظهار المنتجات الجديدة",
        kind="bool",
        default=True,
        help_en="When the ERP does not say whether the item is active in the store.",
        help_ar="عندما لا يحدد النظام إن كان الصنف مفعّلًا في المتجر.",
    ),
    OptionField(
        "short_description_field",
        "Where the short description goes",
        "أين يوضع الوصف المختصر",
        kind="choice",
        default="none",
        choices=("none", "meta_description", "search_keywords", "availability_description"),
        help_en="BigCommerce has no short description. none: it is left out; else it becomes this field, as plain text.",
        help_ar="ليس في بيج كوميرس وصف مختصر. none: يُترك؛ وإلا يوضع نصًا بسيطًا في هذا الحقل.",
    ),
    OptionField(
        "price_decimals",
        "Decimals of prices",
        "عدد المنازل العشرية للأسعار",
        kind="int",
        default="",
        help_en="Empty: as many as the currency has.",
        help_ar="فارغ: بعدد منازل العملة.",
    ),
)
_BY_NAME = {field.name: field for field in OPTION_FIELDS}


@dataclass(frozen=True, slots=True)
class BigCommerceOptions:
    """The options with their types; defaults are those of the declarations."""

    channel_id: int | None
    location_id: int
    floor_quantities: bool
    tax_details: bool
    transactions: bool
    paid_statuses: frozenset[str]
    tax_number_fields: tuple[str, ...]
    webhook_signature: str
    capture_on_shipment: bool
    visible_on_create: bool
    short_description_field: str
    price_decimals: int | None

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> BigCommerceOptions:
        """Raises ConfigurationError naming the option and what it may be."""
        return cls(
            channel_id=_number(options, "channel_id", 1, 10_000_000),
            location_id=_number(options, "location_id", 1, 10_000_000) or 1,
            floor_quantities=_choice(options, "fractional_quantities") == "floor",
            tax_details=_flag(options, "tax_details"),
            transactions=_flag(options, "transactions"),
            paid_statuses=frozenset(_words(options, "paid_statuses")),
            tax_number_fields=tuple(_words(options, "tax_number_fields")),
            webhook_signature=_choice(options, "webhook_signature"),
            capture_on_shipment=_flag(options, "capture_on_shipment"),
            visible_on_create=_flag(options, "visible_on_create"),
            short_description_field=_choice(options, "short_description_field"),
            price_decimals=_number(options, "price_decimals", 0, 4),
        )


def _value(options: Mapping[str, Any], name: str) -> Any:
    given = options.get(name)
    return _BY_NAME[name].default if given is None or given == "" else given


def _words(options: Mapping[str, Any], name: str) -> list[str]:
    return [word.strip() for word in str(_value(options, name)).split(",") if word.strip()]


def _flag(options: Mapping[str, Any], name: str) -> bool:
    value = _value(options, name)
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in ("true", "1", "yes", "on"):
        return True
    if text in ("false", "0", "no", "off"):
        return False
    raise _bad(name, value, "true or false")


def _choice(options: Mapping[str, Any], name: str) -> str:
    value = str(_value(options, name)).strip()
    if value not in _BY_NAME[name].choices:
        raise _bad(name, value, ", ".join(_BY_NAME[name].choices))
    return value


def _number(options: Mapping[str, Any], name: str, lowest: int, highest: int) -> int | None:
    value = _value(options, name)
    if value == "":
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise _bad(name, value, f"a whole number from {lowest} to {highest}") from None
    if not lowest <= number <= highest:
        raise _bad(name, value, f"a whole number from {lowest} to {highest}")
    return number


def _bad(name: str, value: object, allowed: str) -> ConfigurationError:
    label = _BY_NAME[name].label_en
    return ConfigurationError(
        f"The option '{label}' ({name}) is {value!r}.",
        code="bad_option",
        cure=f"Set it to: {allowed}.",
        platform="bigcommerce",
    )
