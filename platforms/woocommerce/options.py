"""The settings of a WooCommerce site: declared for the site form, read into one typed value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.base import OptionField

DEFAULT_TAX_NUMBER_KEYS = (
    "_billing_vat_number,_vat_number,vat_number,_billing_vat,_billing_tax_number,_billing_eu_vat_number"
)

OPTION_FIELDS: tuple[OptionField, ...] = (
    OptionField(
        "auth_mode",
        "How to sign in",
        "طريقة تسجيل الدخول",
        kind="choice",
        default="auto",
        choices=("auto", "basic", "query", "oauth1"),
        help_en="auto: Basic over HTTPS, keys in the query when the server drops the header, OAuth 1.0a over HTTP.",
        help_ar="تلقائي: Basic عبر HTTPS، والمفاتيح في الرابط عندما يحذف الخادم الترويسة، وOAuth 1.0a عبر HTTP.",
    ),
    OptionField(
        "treat_as_https",
        "TLS ends before the shop",
        "التشفير ينتهي قبل المتجر",
        kind="bool",
        default=False,
        help_en="The URL is http, yet the shop sees HTTPS (a proxy tells it so): sign in as over HTTPS.",
        help_ar="الرابط http لكن المتجر يراه HTTPS عبر وسيط: يُسجَّل الدخول كما في HTTPS.",
    ),
    OptionField(
        "address_form",
        "Form of the API address",
        "صيغة عنوان الواجهة البرمجية",
        kind="choice",
        default="auto",
        choices=("auto", "pretty", "plain"),
        help_en="pretty: /wp-json/…; plain: ?rest_route=… (shops without permalinks); auto finds out.",
        help_ar="pretty: ‎/wp-json/…‎؛ plain: ‎?rest_route=…‎ للمتاجر بلا روابط دائمة؛ auto يكتشفها.",
    ),
    OptionField(
        "method_override",
        "Send PUT and DELETE as POST",
        "إرسال PUT وDELETE كطلب POST",
        kind="bool",
        default=False,
        help_en="For servers that block PUT and DELETE. Off: it is tried once the server has blocked a call.",
        help_ar="للخوادم التي تحجب PUT وDELETE. عند الإيقاف: يُجرَّب بعد أن يحجب الخادم نداءً.",
    ),
    OptionField(
        "fresh_reads",
        "Reads past a cache",
        "قراءة تتجاوز الذاكرة المؤقتة",
        kind="choice",
        default="auto",
        choices=("auto", "always", "never"),
        help_en="Some caches repeat old answers of the shop. auto: a throw-away parameter is added to reads once a cache "
        "is noticed; always: to every read; never: staff are only told.",
        help_ar="تكرر بعض الذواكر المؤقتة إجابات قديمة للمتجر. auto: يُضاف معامل عابر إلى القراءات عند اكتشاف ذاكرة مؤقتة؛ "
        "always: إلى كل قراءة؛ never: يُكتفى بإبلاغ الموظفين.",
    ),
    OptionField(
        "language",
        "Language of the catalogue",
        "لغة الكتالوج",
        default="",
        help_en="For shops with WPML or Polylang, where every language has products of its own: the code of the language "
        "whose products and categories this site works with, such as ar. Empty: the shop's default.",
        help_ar="للمتاجر التي تستعمل WPML أو Polylang ولكل لغة فيها منتجاتها: رمز اللغة التي يعمل الموقع على منتجاتها "
        "وتصنيفاتها، مثل ar. فارغ: لغة المتجر الافتراضية.",
    ),
    OptionField(
        "tax_number_keys",
        "Meta keys of the tax number",
        "مفاتيح الرقم الضريبي في البيانات الوصفية",
        default=DEFAULT_TAX_NUMBER_KEYS,
        help_en="Where the VAT plugin of the shop keeps the buyer's tax number; comma separated, the first found wins.",
        help_ar="حيث تحفظ إضافة الضريبة الرقم الضريبي للمشتري؛ مفصولة بفواصل ويُعتمد أول ما يوجد.",
    ),
    OptionField(
        "fractional_quantities",
        "Quantities with a fraction",
        "الكميات الكسرية",
        kind="choice",
        default="reject",
        choices=("reject", "floor"),
        help_en="WooCommerce takes whole numbers only. reject: the row fails and says so; floor: 7.5 is published as 7.",
        help_ar="يقبل ووكومرس الأعداد الصحيحة فقط. reject: يُرفض السطر مع بيان السبب؛ floor: تُنشر 7.5 على أنها 7.",
    ),
    OptionField(
        "price_below_promotion",
        "New price at or below the shop's own promotion",
        "سعر جديد لا يزيد على عرض المتجر",
        kind="choice",
        default="reject",
        choices=("reject", "overwrite"),
        help_en="WooCommerce erases a promotion that is not below the regular price. reject: the row fails and says so; "
        "overwrite: the price is sent and the promotion is lost.",
        help_ar="يمسح ووكومرس العرض الذي لا يقل عن السعر الأساسي. reject: يُرفض السطر مع بيان السبب؛ "
        "overwrite: يُرسل السعر ويُفقد العرض.",
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
        "touch_parents",
        "Save the parent after variation prices",
        "حفظ المنتج الأب بعد أسعار التنويعات",
        kind="bool",
        default=False,
        help_en="For shops that go on showing the old price of a variable product; costs one call per 100 parents.",
        help_ar="للمتاجر التي تظل تعرض السعر القديم للمنتج المتعدد؛ يكلّف نداءً لكل 100 منتج أب.",
    ),
    OptionField(
        "verify_parents",
        "Verify parents before stock and prices",
        "التحقق من المنتج الأب قبل الكميات والأسعار",
        kind="bool",
        default=False,
        help_en="WooCommerce moves a variation that is sent under a wrong parent. When variations are moved by hand in "
        "the shop, switch this on; it costs one call per 100 parents.",
        help_ar="ينقل ووكومرس التنويعة إذا أُرسلت تحت أب خاطئ. فعّل هذا إذا كانت التنويعات تُنقل يدويًا؛ "
        "يكلّف نداءً لكل 100 منتج أب.",
    ),
    OptionField(
        "status_on_create",
        "Status of new products",
        "حالة المنتجات الجديدة",
        kind="choice",
        default="publish",
        choices=("publish", "draft", "pending", "private"),
        help_en="When the ERP does not say whether the item is active in the shop.",
        help_ar="عندما لا يحدد النظام إن كان الصنف مفعّلًا في المتجر.",
    ),
    OptionField(
        "attributes_mode",
        "Attributes of variations",
        "خصائص التنويعات",
        kind="choice",
        default="global",
        choices=("global", "custom"),
        help_en="global: shared attributes of the shop, made when missing; custom: kept on each product.",
        help_ar="global: خصائص مشتركة في المتجر تُنشأ عند غيابها؛ custom: خصائص خاصة بكل منتج.",
    ),
    OptionField(
        "barcode_meta_key",
        "Meta key of the barcode",
        "مفتاح الباركود في البيانات الوصفية",
        default="",
        help_en="Empty: the GTIN field of WooCommerce 9.2 and newer.",
        help_ar="فارغ: حقل GTIN في ووكومرس 9.2 والأحدث.",
    ),
    OptionField(
        "tracking_mode",
        "Where tracking numbers go",
        "أين تُسجَّل أرقام التتبع",
        kind="choice",
        default="auto",
        choices=("auto", "plugin", "note", "fulfillments", "none"),
        help_en="auto: the shipment tracking plugin when the shop has one, else fulfillments when the shop has them on "
        "(WooCommerce 10.1 and newer), else a note to the buyer.",
        help_ar="auto: إضافة تتبع الشحنات إن وُجدت، وإلا فميزة fulfillments إذا كانت مفعّلة (ووكومرس 10.1 والأحدث)، "
        "وإلا فملاحظة للمشتري.",
    ),
    OptionField(
        "invoice_note",
        "Invoice link on the order",
        "رابط الفاتورة في الطلب",
        kind="choice",
        default="customer",
        choices=("customer", "private", "none"),
        help_en="customer: a note that the buyer gets by e-mail when the notice asks for it; private: a note for the "
        "shop's staff; none: only the order's meta data.",
        help_ar="customer: ملاحظة تصل المشتري بالبريد عند الطلب؛ private: ملاحظة لموظفي المتجر؛ none: البيانات الوصفية فقط.",
    ),
    OptionField(
        "legacy_lookback_days",
        "Days to look back in old shops",
        "أيام الرجوع في المتاجر القديمة",
        kind="int",
        default=60,
        help_en="WooCommerce before 5.8 cannot list changed orders: orders of the last so many days are compared.",
        help_ar="لا تستطيع إصدارات ووكومرس قبل 5.8 سرد الطلبات المتغيرة: تُقارن طلبات هذا العدد من الأيام.",
    ),
)
_BY_NAME = {field.name: field for field in OPTION_FIELDS}


@dataclass(frozen=True, slots=True)
class WooOptions:
    """The options with their types; defaults are those of the declarations."""

    auth_mode: str
    treat_as_https: bool
    address_form: str
    method_override: bool
    fresh_reads: str
    language: str
    tax_number_keys: tuple[str, ...]
    floor_quantities: bool
    overwrite_promotions: bool
    price_decimals: int | None
    touch_parents: bool
    verify_parents: bool
    status_on_create: str
    global_attributes: bool
    barcode_meta_key: str
    tracking_mode: str
    invoice_note: str
    legacy_lookback_days: int

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> WooOptions:
        """Raises ConfigurationError naming the option and what it may be."""
        return cls(
            auth_mode=_choice(options, "auth_mode"),
            treat_as_https=_flag(options, "treat_as_https"),
            address_form=_choice(options, "address_form"),
            method_override=_flag(options, "method_override"),
            fresh_reads=_choice(options, "fresh_reads"),
            language=_language(options),
            tax_number_keys=tuple(
                key.strip() for key in _text(options, "tax_number_keys").split(",") if key.strip()
            ),
            floor_quantities=_choice(options, "fractional_quantities") == "floor",
            overwrite_promotions=_choice(options, "price_below_promotion") == "overwrite",
            price_decimals=_number(options, "price_decimals", 0, 6),
            touch_parents=_flag(options, "touch_parents"),
            verify_parents=_flag(options, "verify_parents"),
            status_on_create=_choice(options, "status_on_create"),
            global_attributes=_choice(options, "attributes_mode") == "global",
            barcode_meta_key=_text(options, "barcode_meta_key"),
            tracking_mode=_choice(options, "tracking_mode"),
            invoice_note=_choice(options, "invoice_note"),
            legacy_lookback_days=_number(options, "legacy_lookback_days", 1, 3650) or 60,
        )


def _value(options: Mapping[str, Any], name: str) -> Any:
    given = options.get(name)
    return _BY_NAME[name].default if given is None or given == "" else given


def _text(options: Mapping[str, Any], name: str) -> str:
    return str(_value(options, name)).strip()


def _language(options: Mapping[str, Any]) -> str:
    code = _text(options, "language")
    if code and not re.fullmatch(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*", code):
        raise _bad("language", code, "the code of a language, such as ar or pt-br")
    return code


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
    value = _text(options, name)
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
        platform="woocommerce",
    )
