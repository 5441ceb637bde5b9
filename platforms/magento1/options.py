"""The settings of a Magento 1 site: declared for the site form, read into one typed value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.base import OptionField

OPTION_FIELDS: tuple[OptionField, ...] = (
    OptionField(
        "door",
        "Way into the API",
        "طريقة الاتصال بالواجهة البرمجية",
        kind="choice",
        default="auto",
        choices=("auto", "xmlrpc", "soap_v2"),
        help_en="auto: XML-RPC, and SOAP v2 where the host blocks it. SOAP v2 is slower: one call per row.",
        help_ar="تلقائي: XML-RPC، وSOAP v2 حيث يحجبه المستضيف. SOAP v2 أبطأ: نداء لكل سطر.",
    ),
    OptionField(
        "amounts",
        "Currency of imported orders",
        "عملة الطلبات المستوردة",
        kind="choice",
        default="order",
        choices=("order", "base"),
        help_en="order: the currency the buyer saw; base: the shop's base currency, which most gateways charge.",
        help_ar="order: العملة التي رآها المشتري؛ base: عملة المتجر الأساسية التي تُحصّل بها معظم بوابات الدفع.",
    ),
    OptionField(
        "unknown_extras",
        "Amounts of an order that no column explains",
        "مبالغ في الطلب لا يفسرها أي عمود",
        kind="choice",
        default="line",
        choices=("line", "hold"),
        help_en="Modules add fees and credits to the total. line: what remains beyond goods, shipping and tax becomes a "
        "line of its own; hold: the order waits.",
        help_ar="تضيف بعض الوحدات رسومًا أو خصومًا إلى الإجمالي. line: ما يبقى بعد البضاعة والشحن والضريبة يصبح سطرًا "
        "مستقلًا؛ hold: يُعلّق الطلب.",
    ),
    OptionField(
        "sell_at_zero",
        "Items stay on sale at quantity zero",
        "يبقى الصنف معروضًا عند الكمية صفر",
        kind="bool",
        default=False,
        help_en="For shops that take backorders: zero is sent as 'in stock'. Off: zero is sent as 'out of stock'.",
        help_ar="للمتاجر التي تقبل الطلب المسبق: يُرسل الصفر على أنه «متوفر». عند الإيقاف: «غير متوفر».",
    ),
    OptionField(
        "manage_stock",
        "Switch stock management on with each quantity",
        "تفعيل إدارة المخزون مع كل كمية",
        kind="bool",
        default=False,
        help_en="Products whose stock the shop does not manage sell without end; this makes the shop manage them.",
        help_ar="المنتجات التي لا يدير المتجر مخزونها تُباع بلا حد؛ هذا الخيار يجعل المتجر يديرها.",
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
    OptionField(
        "price_views",
        "Store views for prices",
        "عروض المتجر للأسعار",
        default="",
        help_en="Only when prices are kept per website (catalog/price/scope): the code of one store view per website, comma "
        "separated. Empty: the default values are written.",
        help_ar="فقط عندما تُحفظ الأسعار لكل موقع (catalog/price/scope): رمز عرض متجر واحد لكل موقع، مفصولة بفواصل. فارغ: "
        "تُكتب القيم الافتراضية.",
    ),
    OptionField(
        "foreign_tiers",
        "Tier prices of the shop's staff",
        "أسعار الشرائح التي أدخلها موظفو المتجر",
        kind="choice",
        default="refuse",
        choices=("refuse", "keep"),
        help_en="An update of tier prices replaces all of a product. refuse: a product with others than ours is left alone and "
        "says so; keep: the others are written back beside ours.",
        help_ar="تحديث أسعار الشرائح يستبدل كل شرائح المنتج. refuse: يُترك المنتج الذي له شرائح أخرى مع بيان السبب؛ keep: "
        "تُعاد كتابة الشرائح الأخرى مع شرائحنا.",
    ),
    OptionField(
        "attribute_set",
        "Attribute set of new products",
        "مجموعة خصائص المنتجات الجديدة",
        default="",
        help_en="Its number or name in the shop. Empty: 'Default'.",
        help_ar="رقمها أو اسمها في المتجر. فارغ: ‎Default‎.",
    ),
    OptionField(
        "website_ids",
        "Websites of new products",
        "مواقع المنتجات الجديدة",
        default="1",
        help_en="Numbers or codes of the shop's websites, comma separated; without one a product is seen nowhere.",
        help_ar="أرقام مواقع المتجر أو رموزها مفصولة بفواصل؛ بلا موقع لا يظهر المنتج في أي مكان.",
    ),
    OptionField(
        "tax_class",
        "Tax class of new products",
        "فئة ضريبة المنتجات الجديدة",
        default="2",
        help_en="Number or name of the product tax class where the item names none.",
        help_ar="رقم أو اسم فئة ضريبة المنتج عندما لا يحددها الصنف.",
    ),
    OptionField(
        "status_on_create",
        "New products",
        "المنتجات الجديدة",
        kind="choice",
        default="disabled",
        choices=("disabled", "enabled"),
        help_en="Whether a product that is made by us is seen at once.",
        help_ar="هل يظهر المنتج الذي ننشئه فورًا.",
    ),
    OptionField(
        "barcode_attribute",
        "Attribute of the barcode",
        "خاصية الباركود",
        default="",
        help_en="Code of the product attribute that holds the barcode. Empty: it is neither read nor sent.",
        help_ar="رمز خاصية المنتج التي تحمل الباركود. فارغ: لا يُقرأ ولا يُرسل.",
    ),
    OptionField(
        "language_views",
        "Store view per language",
        "عرض المتجر لكل لغة",
        default="",
        help_en="Such as ar:ar, en:default. Texts of these languages are written to their store view.",
        help_ar="مثل ar:ar, en:default. تُكتب نصوص هذه اللغات في عرض المتجر الخاص بها.",
    ),
    OptionField(
        "root_category",
        "Category under which ours are made",
        "التصنيف الذي تُنشأ تحته تصنيفاتنا",
        default="",
        help_en="Its number. Empty: the first root of the shop's own.",
        help_ar="رقمه. فارغ: أول تصنيف جذري في المتجر.",
    ),
    OptionField(
        "custom_statuses",
        "Order statuses of the shop's own",
        "حالات الطلب الخاصة بالمتجر",
        default="",
        help_en="Such as picking:processing, ready:processing: each with the state it belongs to. The API lists none and takes any.",
        help_ar="مثل picking:processing, ready:processing: كل حالة مع الطور الذي تتبعه. الواجهة لا تسردها وتقبل أي نص.",
    ),
    OptionField(
        "shop_invoice",
        "Invoice of the ERP",
        "فاتورة نظام ERP",
        kind="choice",
        default="create",
        choices=("create", "comment"),
        help_en="create: the order is invoiced in the shop too and the number goes into a comment; comment: only the comment. "
        "Invoicing makes offline payments paid.",
        help_ar="create: يُصدر المتجر فاتورة للطلب أيضًا ويوضع الرقم في تعليق؛ comment: التعليق فقط. إصدار الفاتورة يجعل "
        "الدفعات خارج الإنترنت مدفوعة.",
    ),
    OptionField(
        "capture_invoices",
        "Capture online payments with the invoice",
        "تحصيل الدفعات الإلكترونية مع الفاتورة",
        kind="bool",
        default=False,
        help_en="Asks the gateway for the money when we invoice an order.",
        help_ar="يُطلب المبلغ من بوابة الدفع عند إصدار فاتورة الطلب.",
    ),
    OptionField(
        "hint_tolerance",
        "Age of a hint in seconds",
        "عمر الإشعار بالثواني",
        kind="int",
        default=300,
        help_en="Hints of the shop's module that are older, or as far in the future, are refused.",
        help_ar="تُرفض إشعارات وحدة المتجر الأقدم من ذلك أو التي يتأخر عنها وقتنا بهذا القدر.",
    ),
)
_DEFAULTS: Mapping[str, Any] = {field.name: field.default for field in OPTION_FIELDS}


@dataclass(frozen=True, slots=True)
class MagentoOptions:
    """The options of one site, read and checked."""

    door: str
    amounts: str
    keep_extras: bool
    sell_at_zero: bool
    manage_stock: bool
    price_decimals: int | None
    price_views: tuple[str, ...]
    keep_foreign_tiers: bool
    attribute_set: str
    website_ids: tuple[str, ...]
    tax_class: str
    enable_on_create: bool
    barcode_attribute: str
    language_views: Mapping[str, str]
    root_category: str
    custom_statuses: Mapping[str, str]
    create_invoice: bool
    capture_invoices: bool
    hint_tolerance: int

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> MagentoOptions:
        """Raises ConfigurationError naming the option."""
        values = {**_DEFAULTS, **{name: value for name, value in given.items() if value is not None}}
        return cls(
            door=_choice(values, "door"),
            amounts=_choice(values, "amounts"),
            keep_extras=_choice(values, "unknown_extras") == "line",
            sell_at_zero=_flag(values, "sell_at_zero"),
            manage_stock=_flag(values, "manage_stock"),
            price_decimals=_number(values, "price_decimals"),
            price_views=_list(values, "price_views"),
            keep_foreign_tiers=_choice(values, "foreign_tiers") == "keep",
            attribute_set=str(values["attribute_set"]).strip(),
            website_ids=_list(values, "website_ids"),
            tax_class=str(values["tax_class"]).strip(),
            enable_on_create=_choice(values, "status_on_create") == "enabled",
            barcode_attribute=str(values["barcode_attribute"]).strip(),
            language_views=_pairs(values, "language_views"),
            root_category=_text_number(values, "root_category"),
            custom_statuses=_pairs(values, "custom_statuses"),
            create_invoice=_choice(values, "shop_invoice") == "create",
            capture_invoices=_flag(values, "capture_invoices"),
            hint_tolerance=_number(values, "hint_tolerance") or 300,
        )


def _bad(name: str, value: Any, known: str) -> ConfigurationError:
    return ConfigurationError(
        f"The option '{name}' is '{value}', which it cannot be.",
        code="bad_option",
        cure=f"Set it to {known}.",
        platform="magento1",
    )


def _choice(values: Mapping[str, Any], name: str) -> str:
    field = next(one for one in OPTION_FIELDS if one.name == name)
    text = str(values[name]).strip() or str(field.default)
    if text not in field.choices:
        raise _bad(name, text, " or ".join(field.choices))
    return text


def _flag(values: Mapping[str, Any], name: str) -> bool:
    value = values[name]
    return value if isinstance(value, bool) else str(value).strip().lower() in ("1", "true", "yes", "on")


def _number(values: Mapping[str, Any], name: str) -> int | None:
    text = str(values[name]).strip()
    if not text:
        return None
    if not re.fullmatch(r"\d{1,6}", text):
        raise _bad(name, text, "a whole number")
    return int(text)


def _text_number(values: Mapping[str, Any], name: str) -> str:
    text = str(values[name]).strip()
    if text and not text.isdigit():
        raise _bad(name, text, "a number")
    return text


def _list(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(values[name]).split(",") if part.strip())


def _pairs(values: Mapping[str, Any], name: str) -> dict[str, str]:
    """`a:b, c:d`; a part without a colon stands for itself and an empty text."""
    found = {}
    for part in _list(values, name):
        left, _, right = part.partition(":")
        if not left.strip():
            raise _bad(name, part, "pairs such as ar:ar, en:default")
        found[left.strip()] = right.strip()
    return found
