"""The settings of a Magento 2 site: declared for the site form, read into one typed value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.base import OptionField

OPTION_FIELDS: tuple[OptionField, ...] = (
    OptionField(
        "auth_mode",
        "How to sign in",
        "طريقة تسجيل الدخول",
        kind="choice",
        default="auto",
        choices=("auto", "oauth", "bearer", "admin"),
        help_en="auto: by what is filled in: OAuth with four keys, bearer with the access token alone, else an admin "
        "user. From 2.4.4 the shop must allow integration tokens as bearer.",
        help_ar="auto: بحسب ما هو مُدخل: OAuth بالمفاتيح الأربعة، أو bearer برمز الوصول وحده، وإلا فمستخدم إداري. "
        "ابتداءً من 2.4.4 يجب أن يسمح المتجر باستعمال رموز التكامل كـ bearer.",
    ),
    OptionField(
        "signature_method",
        "Signature of OAuth",
        "توقيع OAuth",
        kind="choice",
        default="auto",
        choices=("auto", "HMAC-SHA256", "HMAC-SHA1"),
        help_en="auto: SHA-256, and SHA-1 once for shops before 2.4.4 that refuse it.",
        help_ar="auto: SHA-256، ثم SHA-1 مرة واحدة للمتاجر الأقدم من 2.4.4 التي ترفضه.",
    ),
    OptionField(
        "stock_mode",
        "Kind of stock",
        "نوع المخزون",
        kind="choice",
        default="auto",
        choices=("auto", "msi", "legacy"),
        help_en="msi: sources (Magento 2.3 and newer), which hold what lies there physically; legacy: one figure that "
        "each order lowers (2.2, or the inventory modules switched off). auto finds out.",
        help_ar="msi: مصادر المخزون (ماجنتو 2.3 والأحدث) وتحمل الكمية الفعلية؛ legacy: رقم واحد يخفضه كل طلب "
        "(2.2 أو عند إيقاف وحدات المخزون). auto يكتشف ذلك.",
    ),
    OptionField(
        "source_code",
        "Source of stock",
        "مصدر المخزون",
        default="default",
        help_en="Code of the source that gets quantities, and from which shipments leave, where no location is mapped.",
        help_ar="رمز المصدر الذي تُرسل إليه الكميات وتخرج منه الشحنات عند عدم ربط موقع.",
    ),
    OptionField(
        "fractional_quantities",
        "Quantities with a fraction",
        "الكميات الكسرية",
        kind="choice",
        default="send",
        choices=("send", "floor", "reject"),
        help_en="send: as they are; floor: 7.5 is published as 7; reject: the row fails and says so.",
        help_ar="send: كما هي؛ floor: تُنشر 7.5 على أنها 7؛ reject: يُرفض السطر مع بيان السبب.",
    ),
    OptionField(
        "array_limit",
        "Rows per call at most",
        "أقصى عدد أسطر في النداء",
        kind="int",
        default="",
        help_en="Empty: 250. Shops with input limits (2.4.3) take 20; that is found out by itself.",
        help_ar="فارغ: 250. المتاجر ذات حدود الإدخال (2.4.3) تقبل 20؛ ويُكتشف ذلك تلقائيًا.",
    ),
    OptionField(
        "page_size",
        "Rows per page at most",
        "أقصى عدد أسطر في الصفحة",
        kind="int",
        default=300,
        help_en="Rows of a list read by one call. Lower it when the shop runs out of memory or time.",
        help_ar="عدد الأسطر المقروءة في نداء واحد. خفّضه إذا نفدت ذاكرة المتجر أو وقته.",
    ),
    OptionField(
        "bulk_from",
        "Products in the background from",
        "إرسال المنتجات في الخلفية ابتداءً من",
        kind="int",
        default=30,
        help_en="From so many products on they go as one asynchronous bulk, which needs the shop's consumer "
        "'async.operations.all' running. 0: never.",
        help_ar="ابتداءً من هذا العدد تُرسل المنتجات دفعة غير متزامنة تحتاج إلى تشغيل المستهلك async.operations.all في "
        "المتجر. 0: أبدًا.",
    ),
    OptionField(
        "bulk_wait",
        "Seconds to wait for a bulk",
        "ثواني انتظار الدفعة",
        kind="int",
        default=300,
        help_en="After that the shop is read again, and what is missing is sent one by one.",
        help_ar="بعدها يُقرأ المتجر من جديد ويُرسل الناقص واحدًا واحدًا.",
    ),
    OptionField(
        "websites",
        "Websites of new products",
        "مواقع المنتجات الجديدة",
        default="",
        help_en="Codes of the websites that show new products, comma separated. Empty: all.",
        help_ar="رموز المواقع التي تعرض المنتجات الجديدة، مفصولة بفواصل. فارغ: كلها.",
    ),
    OptionField(
        "price_websites",
        "Websites with prices of their own",
        "مواقع لها أسعارها الخاصة",
        default="",
        help_en="Only for shops whose price scope is 'website': codes of the websites that get our prices, comma "
        "separated. Empty: one price for all.",
        help_ar="للمتاجر التي نطاق أسعارها «الموقع» فقط: رموز المواقع التي تستقبل أسعارنا، مفصولة بفواصل. فارغ: سعر "
        "واحد للجميع.",
    ),
    OptionField(
        "store_views",
        "Store views of languages",
        "واجهات المتجر للغات",
        default="",
        help_en="Which store view shows which language: ar=ar_store, en=default. Empty: by the locale of each view.",
        help_ar="أي واجهة متجر تعرض أي لغة: ar=ar_store, en=default. فارغ: بحسب إعداد اللغة لكل واجهة.",
    ),
    OptionField(
        "attribute_set",
        "Attribute set of new products",
        "مجموعة خصائص المنتجات الجديدة",
        default="Default",
        help_en="Name or id of the set; an item's field 'attribute_set' comes before it. It is made from Default when missing.",
        help_ar="اسم المجموعة؛ ويتقدم عليه حقل attribute_set للصنف. تُنشأ من Default إن لم توجد.",
    ),
    OptionField(
        "bundle_price",
        "Price of new bundles",
        "سعر الحزم الجديدة",
        kind="choice",
        default="fixed",
        choices=("fixed", "dynamic"),
        help_en="fixed: a bundle has the price of its item in the ERP, and orders name the bundle. dynamic: it costs what its "
        "parts cost, and orders name the parts. One with parts that buyers may leave out is always dynamic.",
        help_ar="fixed: سعر الحزمة هو سعر صنفها في النظام، وتسمّي الطلبات الحزمة. dynamic: سعرها مجموع أسعار مكوناتها، وتسمّي "
        "الطلبات المكونات. والحزمة التي يمكن للمشتري ترك بعض مكوناتها تكون dynamic دائمًا.",
    ),
    OptionField(
        "attribute_codes",
        "Codes of attributes",
        "رموز الخصائص",
        default="",
        help_en="Attributes of the ERP whose code in Magento is not their own name: Colour=color, المقاس=size.",
        help_ar="خصائص النظام التي يختلف رمزها في ماجنتو عن اسمها: Colour=color, المقاس=size.",
    ),
    OptionField(
        "barcode_attribute",
        "Attribute of the barcode",
        "خاصية الباركود",
        default="",
        help_en="Code of the attribute that keeps the barcode, such as ean. Empty: it is not sent.",
        help_ar="رمز الخاصية التي تحفظ الباركود مثل ean. فارغ: لا يُرسل.",
    ),
    OptionField(
        "root_category",
        "Root category",
        "التصنيف الجذر",
        kind="int",
        default="",
        help_en="Id of the category under which ours stand. Empty: the root of the default store.",
        help_ar="رقم التصنيف الذي تقع تصنيفاتنا تحته. فارغ: جذر المتجر الافتراضي.",
    ),
    OptionField(
        "prices_include_tax",
        "Prices shown with tax",
        "الأسعار تشمل الضريبة",
        kind="choice",
        default="auto",
        choices=("auto", "yes", "no"),
        help_en="Orders do not tell; auto judges by which of the two prices is the round one.",
        help_ar="لا تذكر الطلبات ذلك؛ auto يحكم بأي السعرين هو الرقم الصحيح.",
    ),
    OptionField(
        "unexplained_difference",
        "Sums that no field explains",
        "المبالغ التي لا يفسرها حقل",
        kind="choice",
        default="charge",
        choices=("charge", "hold"),
        help_en="Surcharge modules raise the total and name nothing. charge: the difference becomes a fee named "
        "'Other charges'; hold: it is left, and the proof of totals stops the order.",
        help_ar="ترفع وحدات الرسوم الإضافية الإجمالي دون ذكر السبب. charge: يصبح الفرق رسمًا باسم «Other charges»؛ "
        "hold: يُترك فيوقف إثباتُ الإجماليات الطلبَ.",
    ),
    OptionField(
        "statuses",
        "Statuses of the shop's own",
        "حالات خاصة بالمتجر",
        default="",
        help_en="Codes of statuses that staff made in Magento, comma separated; others than these and Magento's are not set.",
        help_ar="رموز الحالات التي أنشأها الموظفون في ماجنتو، مفصولة بفواصل؛ ولا تُضبط حالة غيرها وغير حالات ماجنتو.",
    ),
    OptionField(
        "invoice_in_shop",
        "Invoice in the shop",
        "الفاتورة في المتجر",
        kind="choice",
        default="none",
        choices=("none", "offline", "capture"),
        help_en="Whether the ERP's invoice makes one in Magento: offline without charging; capture: the gateway is "
        "charged. Without one an order never becomes complete.",
        help_ar="هل تُنشئ فاتورة النظام فاتورة في ماجنتو: offline دون تحصيل؛ capture مع التحصيل عبر البوابة. "
        "بدونها لا يكتمل الطلب أبدًا.",
    ),
    OptionField(
        "link_visible",
        "Invoice link for the buyer",
        "رابط الفاتورة للمشتري",
        kind="bool",
        default=True,
        help_en="The comment with the link is shown on the buyer's order page; off: only to the shop's staff.",
        help_ar="يظهر التعليق ذو الرابط في صفحة طلب المشتري؛ عند الإيقاف: لموظفي المتجر فقط.",
    ),
    OptionField(
        "erp_number",
        "Where the ERP's number goes",
        "أين يُسجَّل رقم النظام",
        kind="choice",
        default="comment",
        choices=("comment", "ext_order_id", "none"),
        help_en="comment: a comment for the staff; ext_order_id: the order's field, which needs the order to be saved "
        "anew and may empty other fields on some versions.",
        help_ar="comment: تعليق للموظفين؛ ext_order_id: حقل الطلب، ويتطلب حفظ الطلب من جديد وقد يفرّغ حقولًا أخرى في "
        "بعض الإصدارات.",
    ),
    OptionField(
        "webhook_variant",
        "Webhooks come from",
        "مصدر الإشعارات",
        kind="choice",
        default="module",
        choices=("module", "commerce", "events"),
        help_en="module: a third-party module such as Mageplaza's, set up by hand; commerce: Adobe Commerce Webhooks; "
        "events: Adobe I/O Events. Orders are polled all the same.",
        help_ar="module: وحدة من طرف ثالث مثل Mageplaza تُضبط يدويًا؛ commerce: إشعارات Adobe Commerce؛ "
        "events: أحداث Adobe I/O. وتُقرأ الطلبات دوريًا على أي حال.",
    ),
    OptionField(
        "webhook_public_key",
        "Public key of webhook signatures",
        "المفتاح العام لتواقيع الإشعارات",
        default="",
        help_en="For Adobe Commerce: the public key (PEM) that the shop's admin shows. Empty: the secret header alone is "
        "checked.",
        help_ar="لأدوبي كوميرس: المفتاح العام (PEM) الذي تعرضه إدارة المتجر. فارغ: تُفحص الترويسة السرية وحدها.",
    ),
)
_BY_NAME = {field.name: field for field in OPTION_FIELDS}


@dataclass(frozen=True, slots=True)
class MageOptions:
    """The options with their types; defaults are those of the declarations."""

    auth_mode: str
    signature_method: str
    stock_mode: str
    source_code: str
    fractional_quantities: str
    array_limit: int | None
    page_size: int
    bulk_from: int
    bulk_wait: int
    websites: tuple[str, ...]
    price_websites: tuple[str, ...]
    store_views: Mapping[str, str]
    attribute_set: str
    bundle_price: str
    attribute_codes: Mapping[str, str]
    barcode_attribute: str
    root_category: int | None
    prices_include_tax: bool | None
    book_difference: bool
    statuses: tuple[str, ...]
    invoice_in_shop: str
    link_visible: bool
    erp_number: str
    webhook_variant: str
    webhook_public_key: str

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> MageOptions:
        """Raises ConfigurationError naming the option and what it may be."""
        tax = _choice(options, "prices_include_tax")
        return cls(
            auth_mode=_choice(options, "auth_mode"),
            signature_method=_choice(options, "signature_method"),
            stock_mode=_choice(options, "stock_mode"),
            source_code=_text(options, "source_code"),
            fractional_quantities=_choice(options, "fractional_quantities"),
            array_limit=_number(options, "array_limit", 1, 5000),
            page_size=_number(options, "page_size", 1, 300) or 300,
            bulk_from=_number(options, "bulk_from", 0, 5000) or 0,
            bulk_wait=_number(options, "bulk_wait", 1, 3600) or 300,
            websites=_list(options, "websites"),
            price_websites=_list(options, "price_websites"),
            store_views=_pairs(options, "store_views"),
            attribute_set=_text(options, "attribute_set"),
            bundle_price=_choice(options, "bundle_price"),
            attribute_codes={
                name.casefold(): code for name, code in _pairs(options, "attribute_codes").items()
            },
            barcode_attribute=_text(options, "barcode_attribute"),
            root_category=_number(options, "root_category", 1, 2**31),
            prices_include_tax=None if tax == "auto" else tax == "yes",
            book_difference=_choice(options, "unexplained_difference") == "charge",
            statuses=_list(options, "statuses"),
            invoice_in_shop=_choice(options, "invoice_in_shop"),
            link_visible=_flag(options, "link_visible"),
            erp_number=_choice(options, "erp_number"),
            webhook_variant=_choice(options, "webhook_variant"),
            webhook_public_key=_text(options, "webhook_public_key"),
        )


def _value(options: Mapping[str, Any], name: str) -> Any:
    given = options.get(name)
    return _BY_NAME[name].default if given is None or given == "" else given


def _text(options: Mapping[str, Any], name: str) -> str:
    return str(_value(options, name)).strip()


def _list(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _text(options, name).split(",") if part.strip())


def _pairs(options: Mapping[str, Any], name: str) -> dict[str, str]:
    """`name=code, name=code` as a mapping."""
    found: dict[str, str] = {}
    for part in _list(options, name):
        key, mark, code = (piece.strip() for piece in part.partition("="))
        if not (key and mark and code):
            raise _bad(name, part, "pairs with commas between them, such as ar=ar_store, en=default")
        found[key] = code
    return found


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
        platform="magento2",
    )
