"""The site's options for Shopify, with their types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.base import OptionField

OPTION_FIELDS = (
    OptionField(
        "location_id",
        "Location for stock",
        "موقع المخزون",
        help_en="Number of the location that takes quantities of rows without a location of their own. Empty: the first "
        "active location that fulfils online orders.",
        help_ar="رقم الموقع الذي تُرسل إليه الكميات التي لا موقع محددًا لها. اتركه فارغًا لاستخدام أول موقع نشط ينفّذ طلبات المتجر.",
    ),
    OptionField(
        "quantity_name",
        "Which quantity is set",
        "الكمية التي تُضبط",
        kind="choice",
        default="available",
        choices=("available", "on_hand"),
        help_en="available: what can be sold. on_hand: what lies there; Shopify takes off what its own orders have bound.",
        help_ar="available: الكمية القابلة للبيع. on_hand: الكمية الموجودة فعليًا، ويخصم شوبيفاي منها ما حجزته طلباته.",
    ),
    OptionField(
        "compare_quantities",
        "Set a quantity only if it is as last sent",
        "ضبط الكمية فقط إذا بقيت كما أُرسلت آخر مرة",
        kind="bool",
        default=True,
        help_en="Each row tells Shopify which quantity we believe to be there. Rows that were changed meanwhile are read "
        "again and set on top of what was found, so that no change in between is overwritten unseen. Off: set whatever "
        "is there.",
        help_ar="يُرسل مع كل صف العدد الذي نظن أنه في المتجر. والصفوف التي تغيّرت في الأثناء تُقرأ من جديد ثم تُضبط على ما وُجد، فلا يُمحى تغيير دون أن يُرى. عند التعطيل: تُضبط الكمية مهما كان الموجود.",
    ),
    OptionField(
        "stock_at_new_locations",
        "Stock at new locations",
        "التخزين في مواقع جديدة",
        kind="bool",
        default=True,
        help_en="A product that is not stocked at a location yet is stocked there with its first quantity.",
        help_ar="المنتج غير المخزَّن بعد في الموقع يُخزَّن فيه مع أول كمية له.",
    ),
    OptionField(
        "fractional_quantities",
        "Quantities with a fraction",
        "الكميات ذات الكسور",
        kind="choice",
        default="refuse",
        choices=("refuse", "floor"),
        help_en="Shopify takes whole numbers only. floor publishes 2.7 as 2.",
        help_ar="لا يقبل شوبيفاي إلا أعدادًا صحيحة. الخيار floor ينشر 2.7 على أنها 2.",
    ),
    OptionField(
        "prices_changed_in_shop",
        "New price on a sale of the shop",
        "سعر جديد على تخفيض من المتجر",
        kind="choice",
        default="keep",
        choices=("keep", "overwrite"),
        help_en="A variant is on sale when its compare-at price is above its price. keep: the ERP's price goes to the "
        "compare-at price and the sale stays. overwrite: the ERP's price goes to the price and the sale ends.",
        help_ar="يكون الصنف في تخفيض حين يعلو «سعر المقارنة» سعرَه. keep: يوضع سعر النظام في سعر المقارنة ويبقى التخفيض. overwrite: يوضع في السعر وينتهي التخفيض.",
    ),
    OptionField(
        "bulk_threshold",
        "Bulk operation from this number of calls",
        "العملية المجمّعة من هذا العدد من النداءات",
        kind="int",
        default=40,
        help_en="Prices go by one call per product. From so many calls on, one bulk operation takes them all. 0: never.",
        help_ar="تُرسل الأسعار بنداء لكل منتج. ومن هذا العدد فما فوق تُرسل كلها في عملية مجمّعة واحدة. 0: أبدًا.",
    ),
    OptionField(
        "bulk_catalogue",
        "Bulk operation from this number of products",
        "العملية المجمّعة من هذا العدد من المنتجات",
        kind="int",
        default=10_000,
        help_en="A whole catalogue of so many products or more is read by one bulk operation, which costs no call budget. "
        "0: never.",
        help_ar="الكتالوج الكامل الذي يبلغ هذا العدد أو يزيد يُقرأ بعملية مجمّعة واحدة لا تستهلك حصة النداءات. 0: أبدًا.",
    ),
    OptionField(
        "bulk_products",
        "Bulk operation from this number of changed products",
        "العملية المجمّعة من هذا العدد من المنتجات المتغيّرة",
        kind="int",
        default=40,
        help_en="Products go by one call each. From so many in one batch on, one bulk operation writes them all; a "
        "'product batch size' of the site below that never comes to it. 0: never.",
        help_ar="تُرسل المنتجات بنداء لكل منها. ومن هذا العدد في دفعة واحدة فما فوق تكتبها كلها عملية مجمّعة واحدة، ولا يحدث ذلك إذا كان «حجم دفعة المنتجات» في الموقع أقل من ذلك. 0: أبدًا.",
    ),
    OptionField(
        "bulk_wait",
        "Seconds to wait for a bulk operation",
        "ثواني انتظار العملية المجمّعة",
        kind="int",
        default=120,
        help_en="When it takes longer, its rows are tried again later and the same operation is taken up.",
        help_ar="إذا طالت أكثر، تُعاد صفوفها لاحقًا وتُستأنف العملية نفسها.",
    ),
    OptionField(
        "publish_to",
        "Sales channels for new products",
        "قنوات البيع للمنتجات الجديدة",
        default="Online Store",
        help_en="Names or numbers of the channels, with commas between them, in which active products are published. "
        "Empty: none.",
        help_ar="أسماء القنوات أو أرقامها، تفصل بينها فواصل، التي تُنشر فيها المنتجات الفعّالة. اتركه فارغًا كي لا تُنشر في أي قناة.",
    ),
    OptionField(
        "status_on_create",
        "Status of new products",
        "حالة المنتجات الجديدة",
        kind="choice",
        default="DRAFT",
        choices=("ACTIVE", "DRAFT"),
        help_en="For new products of which the ERP does not say whether they are active.",
        help_ar="للمنتجات الجديدة التي لا يحدد النظام هل هي فعّالة.",
    ),
    OptionField(
        "foreign_images",
        "Pictures that the ERP does not have",
        "الصور غير الموجودة في النظام",
        kind="choice",
        default="keep",
        choices=("keep", "remove"),
        help_en="What happens to a product's pictures that staff added in the shop.",
        help_ar="مصير صور المنتج التي أضافها موظفو المتجر.",
    ),
    OptionField(
        "import_test_orders",
        "Import test orders",
        "استيراد طلبات الاختبار",
        kind="bool",
        default=False,
        help_en="Orders that were paid with Shopify's test gateway.",
        help_ar="الطلبات المدفوعة ببوابة الاختبار في شوبيفاي.",
    ),
    OptionField(
        "tax_number_keys",
        "Where buyers enter their tax number",
        "مكان الرقم الضريبي للمشتري",
        default="vat_number,tax_number,VAT Number,Tax Number,الرقم الضريبي",
        help_en="Names of additional details of an order, with commas between them; a company's own tax number goes first.",
        help_ar="أسماء الحقول الإضافية في الطلب، تفصل بينها فواصل. ورقم الشركة الضريبي نفسه مقدَّم عليها.",
    ),
    OptionField(
        "cancel_restock",
        "Put goods back when an order is cancelled",
        "إعادة البضاعة عند إلغاء الطلب",
        kind="bool",
        default=False,
        help_en="Whether Shopify raises its own stock when we cancel an order there. The ERP's figure follows anyway.",
        help_ar="هل يزيد شوبيفاي مخزونه حين نلغي طلبًا فيه. ورقم النظام يُرسل على كل حال.",
    ),
    OptionField(
        "cancel_refund",
        "Pay back when an order is cancelled",
        "رد المبلغ عند إلغاء الطلب",
        kind="bool",
        default=False,
        help_en="Whether Shopify gives the money back by the way it was paid when we cancel an order there.",
        help_ar="هل يرد شوبيفاي المبلغ بطريقة الدفع نفسها حين نلغي طلبًا فيه.",
    ),
    OptionField(
        "lasting_token",
        "Token that never lapses",
        "الرمز الذي لا تنتهي صلاحيته",
        kind="choice",
        default="keep",
        choices=("keep", "exchange"),
        help_en="exchange: 'Request Token' gives it back for a token of an hour that renews itself. This cannot be undone. "
        "Public apps need it from 2027 on; an app of one shop does not.",
        help_ar="exchange: زر «طلب الرمز» يستبدله برمز لساعة يتجدد تلقائيًا. ولا رجوع عن ذلك. التطبيقات العامة تحتاج إليه ابتداءً من 2027، أما تطبيق متجر واحد فلا.",
    ),
    OptionField(
        "read_customer_data",
        "Read the buyers' data",
        "قراءة بيانات المشترين",
        kind="bool",
        default=True,
        help_en="Switch off when Shopify has not approved the app for protected customer data.",
        help_ar="عطّله إذا لم يوافق شوبيفاي للتطبيق على بيانات العملاء المحمية.",
    ),
)
_BY_NAME = {field.name: field for field in OPTION_FIELDS}


@dataclass(frozen=True, slots=True)
class ShopifyOptions:
    """The options with their types; defaults are those of the declarations."""

    location_id: str
    quantity_name: str
    compare_quantities: bool
    stock_at_new_locations: bool
    floor_quantities: bool
    overwrite_promotions: bool
    bulk_threshold: int
    bulk_catalogue: int
    bulk_products: int
    bulk_wait: int
    publish_to: tuple[str, ...]
    status_on_create: str
    keep_foreign_images: bool
    import_test_orders: bool
    tax_number_keys: tuple[str, ...]
    cancel_restock: bool
    cancel_refund: bool
    exchange_lasting_token: bool
    read_customer_data: bool

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> ShopifyOptions:
        """Raises ConfigurationError naming the option and what it may be."""
        return cls(
            location_id=_location(options),
            quantity_name=_choice(options, "quantity_name"),
            compare_quantities=_flag(options, "compare_quantities"),
            stock_at_new_locations=_flag(options, "stock_at_new_locations"),
            floor_quantities=_choice(options, "fractional_quantities") == "floor",
            overwrite_promotions=_choice(options, "prices_changed_in_shop") == "overwrite",
            bulk_threshold=_number(options, "bulk_threshold", 0, 100_000),
            bulk_catalogue=_number(options, "bulk_catalogue", 0, 100_000_000),
            bulk_products=_number(options, "bulk_products", 0, 100_000),
            bulk_wait=_number(options, "bulk_wait", 0, 3600),
            publish_to=_list(options, "publish_to"),
            status_on_create=_choice(options, "status_on_create"),
            keep_foreign_images=_choice(options, "foreign_images") == "keep",
            import_test_orders=_flag(options, "import_test_orders"),
            tax_number_keys=_list(options, "tax_number_keys"),
            cancel_restock=_flag(options, "cancel_restock"),
            cancel_refund=_flag(options, "cancel_refund"),
            exchange_lasting_token=_choice(options, "lasting_token") == "exchange",
            read_customer_data=_flag(options, "read_customer_data"),
        )


def _value(options: Mapping[str, Any], name: str) -> Any:
    """An emptied text means empty, not the default; other kinds fall back."""
    given = options.get(name)
    if given is None or (given == "" and _BY_NAME[name].kind != "text"):
        return _BY_NAME[name].default
    return given


def _location(options: Mapping[str, Any]) -> str:
    text = str(_value(options, "location_id")).strip()
    found = re.fullmatch(r"(?:gid://shopify/Location/)?(\d*)", text)
    if found is None:
        raise _bad("location_id", text, "the number of a location, as 'Test Connection' shows it")
    return found.group(1)


def _list(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(_value(options, name)).split(",") if part.strip())


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


def _number(options: Mapping[str, Any], name: str, lowest: int, highest: int) -> int:
    value = _value(options, name)
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
        platform="shopify",
    )
