"""The settings of a Zid site: declared for the site form, read into one typed value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecomsync.common.errors import ConfigurationError
from platforms.base import OptionField

OPTION_FIELDS: tuple[OptionField, ...] = (
    OptionField(
        "redirect_uri",
        "Callback URL of the app",
        "رابط العودة للتطبيق",
        help_en="Exactly as it is registered in Zid's partner dashboard; asked for with each code and each renewal.",
        help_ar="كما هو مسجّل تمامًا في لوحة شركاء زد؛ يُطلب مع كل كود ومع كل تجديد للرمز.",
    ),
    OptionField(
        "app_id",
        "App ID for webhooks",
        "معرّف التطبيق للإشعارات",
        help_en="Number of the app in Zid's partner dashboard. Webhooks are registered and deleted by it. Empty: the client ID.",
        help_ar="رقم التطبيق في لوحة شركاء زد. تُسجَّل الإشعارات وتُحذف به. فارغ: معرّف العميل.",
    ),
    OptionField(
        "stock_mode",
        "Way of quantities",
        "طريقة إرسال الكميات",
        kind="choice",
        default="locations",
        choices=("locations", "simple"),
        help_en="locations: the stock of one location is set, 50 products per call; simple: the product's quantity is set, for "
        "stores with a single inventory.",
        help_ar="locations: تُضبط كمية موقع واحد، 50 منتجًا في النداء؛ simple: تُضبط كمية المنتج نفسه، للمتاجر ذات المخزون الواحد.",
    ),
    OptionField(
        "location_id",
        "Location of quantities",
        "موقع الكميات",
        help_en="Id of the location that gets the quantities of warehouses without a location of their own. Empty: the store's "
        "default location.",
        help_ar="معرّف الموقع الذي تُكتب إليه كميات المستودعات التي ليس لها موقع خاص. فارغ: الموقع الافتراضي للمتجر.",
    ),
    OptionField(
        "stock_rows",
        "Quantities per call",
        "عدد الكميات في النداء",
        kind="int",
        default=50,
        help_en="Zid does not say how many rows a call may have; 50 is safe.",
        help_ar="لا يذكر زد كم سطرًا يتسع له النداء الواحد؛ والرقم 50 آمن.",
    ),
    OptionField(
        "fractional_quantities",
        "Quantities with a fraction",
        "الكميات الكسرية",
        kind="choice",
        default="reject",
        choices=("reject", "floor"),
        help_en="Zid takes whole numbers only. reject: the row fails and says so; floor: 7.5 is published as 7.",
        help_ar="يقبل زد الأعداد الصحيحة فقط. reject: يُرفض السطر مع بيان السبب؛ floor: تُنشر 7.5 على أنها 7.",
    ),
    OptionField(
        "page_size",
        "Products per page",
        "عدد المنتجات في الصفحة",
        kind="int",
        default=50,
        help_en="50 is safe; 100 was seen to work.",
        help_ar="الرقم 50 آمن؛ وقد لوحظ أن 100 يعمل.",
    ),
    OptionField(
        "order_timezone",
        "Time zone of orders",
        "المنطقة الزمنية للطلبات",
        default="UTC",
        help_en="Orders tell their time without a zone. UTC is likely; 'Test Connection' compares it with the invoice's time.",
        help_ar="تذكر الطلبات وقتها بلا منطقة زمنية. الأرجح UTC؛ ويقارنه «اختبار الاتصال» بوقت الفاتورة.",
    ),
    OptionField(
        "sweep_days",
        "Days that are looked through for changed orders",
        "عدد الأيام التي تُراجع بحثًا عن الطلبات المتغيرة",
        kind="int",
        default=3,
        help_en="Zid has no list of changed orders: orders of these days and all open ones are compared at each reading.",
        help_ar="ليس في زد قائمة بالطلبات المتغيرة: تُقارن طلبات هذه الأيام وكل الطلبات المفتوحة عند كل قراءة.",
    ),
    OptionField(
        "placeholder_emails",
        "Endings of placeholder e-mail addresses",
        "نهايات عناوين البريد الوهمية",
        default="@zid.sa,@zid.store",
        help_en="Addresses with these endings are not the buyer's and are left out; comma separated.",
        help_ar="العناوين المنتهية بهذه النهايات ليست للمشتري فتُترك؛ مفصولة بفواصل.",
    ),
    OptionField(
        "webhook_basic",
        "Password of deliveries",
        "كلمة مرور الإشعارات",
        kind="choice",
        default="auto",
        choices=("auto", "required", "off"),
        help_en="Each delivery must bear our token in its address. auto: a user and password that it bears must be right too, "
        "and once one came with them all must; required: always; off: the token alone is enough.",
        help_ar="يجب أن يحمل كل إشعار رمزنا في عنوانه. auto: إن حمل اسم مستخدم وكلمة مرور وجب أن تصحّا، وبعد أول إشعار "
        "يحملهما تصبحان شرطًا؛ required: دائمًا؛ off: يكفي الرمز وحده.",
    ),
    OptionField(
        "invoice_comment",
        "Invoice numbers as comments",
        "أرقام الفواتير كتعليقات",
        kind="bool",
        default=False,
        help_en="Zid takes no invoices. On: the invoice's number becomes a comment of the order (at most 20 comments per order).",
        help_ar="لا يستقبل زد الفواتير. عند التفعيل: يصبح رقم الفاتورة تعليقًا على الطلب (20 تعليقًا على الأكثر لكل طلب).",
    ),
    OptionField(
        "refund_method",
        "Method of refunds",
        "طريقة رد المبالغ",
        kind="choice",
        default="bank_transfer",
        choices=("credit_card", "bank_transfer", "cash", "zid_cod"),
        help_en="How money goes back where a refund says that the store is to pay it.",
        help_ar="كيف يعود المبلغ عندما يُطلب من المتجر دفعه.",
    ),
    OptionField(
        "publish_on_create",
        "Publish new products",
        "نشر المنتجات الجديدة",
        kind="bool",
        default=True,
        help_en="When the ERP does not say whether the item is active in the store.",
        help_ar="عندما لا يحدد النظام إن كان الصنف مفعّلًا في المتجر.",
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
class ZidOptions:
    """The options with their types; defaults are those of the declarations."""

    redirect_uri: str
    app_id: str
    by_location: bool
    location_id: str
    stock_rows: int
    floor_quantities: bool
    page_size: int
    order_zone: ZoneInfo
    sweep_days: int
    placeholder_emails: tuple[str, ...]
    webhook_basic: str
    invoice_comment: bool
    refund_method: str
    publish_on_create: bool
    price_decimals: int | None

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> ZidOptions:
        """Raises ConfigurationError naming the option and what it may be."""
        return cls(
            redirect_uri=str(_value(options, "redirect_uri")).strip(),
            app_id=str(_value(options, "app_id")).strip(),
            by_location=_choice(options, "stock_mode") == "locations",
            location_id=str(_value(options, "location_id")).strip(),
            stock_rows=_number(options, "stock_rows", 1, 1000) or 50,
            floor_quantities=_choice(options, "fractional_quantities") == "floor",
            page_size=_number(options, "page_size", 10, 100) or 50,
            order_zone=_zone(options),
            sweep_days=_number(options, "sweep_days", 1, 60) or 3,
            placeholder_emails=tuple(_words(options, "placeholder_emails")),
            webhook_basic=_choice(options, "webhook_basic"),
            invoice_comment=_flag(options, "invoice_comment"),
            refund_method=_choice(options, "refund_method"),
            publish_on_create=_flag(options, "publish_on_create"),
            price_decimals=_number(options, "price_decimals", 0, 4),
        )


def _zone(options: Mapping[str, Any]) -> ZoneInfo:
    name = str(_value(options, "order_timezone")).strip()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise _bad("order_timezone", name, "a zone such as UTC or Asia/Riyadh") from None


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
        platform="zid",
    )
