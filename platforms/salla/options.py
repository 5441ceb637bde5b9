"""The settings of a Salla site: declared for the site form, read into one typed value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.base import OptionField

OPTION_FIELDS: tuple[OptionField, ...] = (
    OptionField(
        "language",
        "Language of names",
        "لغة الأسماء",
        kind="choice",
        default="ar",
        choices=("ar", "en"),
        help_en="In which names of products, statuses and methods are read, and in which texts are written first.",
        help_ar="اللغة التي تُقرأ بها أسماء المنتجات والحالات وطرق الدفع والشحن، وتُكتب بها النصوص أولًا.",
    ),
    OptionField(
        "branch_id",
        "Branch of quantities",
        "فرع الكميات",
        kind="int",
        default="",
        help_en="Number of the branch that gets the quantities of warehouses without a branch of their own. Empty: the store's "
        "default branch; needed where stock is kept by branch.",
        help_ar="رقم الفرع الذي تُكتب إليه كميات المستودعات التي ليس لها فرع خاص. فارغ: الفرع الافتراضي للمتجر؛ "
        "وهو مطلوب حيث يُدار المخزون حسب الفروع.",
    ),
    OptionField(
        "fractional_quantities",
        "Quantities with a fraction",
        "الكميات الكسرية",
        kind="choice",
        default="reject",
        choices=("reject", "floor"),
        help_en="Salla takes whole numbers only. reject: the row fails and says so; floor: 7.5 is published as 7.",
        help_ar="تقبل سلة الأعداد الصحيحة فقط. reject: يُرفض السطر مع بيان السبب؛ floor: تُنشر 7.5 على أنها 7.",
    ),
    OptionField(
        "bulk_rows",
        "Rows per call of quantities and prices",
        "عدد الأسطر في نداء الكميات والأسعار",
        kind="int",
        default=100,
        help_en="Salla publishes no limit; lower it if the store refuses large calls.",
        help_ar="لا تنشر سلة حدًا؛ خفّضه إذا رفض المتجر النداءات الكبيرة.",
    ),
    OptionField(
        "promotions_win",
        "Promotions of the store win",
        "عروض المتجر لها الأولوية",
        kind="bool",
        default=False,
        help_en="A special price of the ERP does not replace another one that stands in the store; the difference is told.",
        help_ar="لا يستبدل السعر المخفض القادم من النظام سعرًا مخفضًا آخر قائمًا في المتجر، ويُبلَّغ عن الفرق.",
    ),
    OptionField(
        "end_sale_with",
        "A sale is ended with",
        "يُنهى التخفيض بالقيمة",
        kind="choice",
        default="null",
        choices=("null", "zero"),
        help_en="What is sent first to take a special price away. It is read again, and the other one sent where it stays.",
        help_ar="ما يُرسل أولًا لإزالة السعر المخفض. يُقرأ بعدها، وتُرسل القيمة الأخرى إن بقي.",
    ),
    OptionField(
        "custom_statuses",
        "Tell custom statuses apart",
        "تمييز الحالات المخصصة",
        kind="bool",
        default=False,
        help_en="An order in a custom status then bears 'slug/number' instead of the status above it; name those statuses "
        "among the ones to import.",
        help_ar="عندها يحمل الطلب ذو الحالة المخصصة «المعرّف/الرقم» بدل الحالة الأصلية التي فوقها؛ أضف هذه الحالات إلى "
        "الحالات المستوردة.",
    ),
    OptionField(
        "sweep_days",
        "Days of the sweep",
        "أيام المسح",
        kind="int",
        default=2,
        help_en="Salla cannot list what changed. Orders created within so many days before the last reading are looked at by "
        "each reading.",
        help_ar="لا تستطيع سلة سرد ما تغيّر. تُفحص في كل قراءة الطلبات المنشأة خلال هذا العدد من الأيام قبل آخر قراءة.",
    ),
    OptionField(
        "wide_sweep_days",
        "Days of the daily sweep",
        "أيام المسح اليومي",
        kind="int",
        default=30,
        help_en="Once a day orders of so many days are looked at for late changes, and open orders that are older one by one.",
        help_ar="مرة كل يوم تُفحص طلبات هذا العدد من الأيام بحثًا عن تغييرات متأخرة، والطلبات المفتوحة الأقدم واحدًا واحدًا.",
    ),
    OptionField(
        "unpaid_methods",
        "Methods that are paid later",
        "طرق تُدفع لاحقًا",
        default="cod",
        help_en="Slugs of payment methods, comma separated, whose orders count as paid only when they are delivered.",
        help_ar="معرّفات طرق الدفع، مفصولة بفواصل، التي لا يُعد الطلب بها مدفوعًا إلا عند التسليم.",
    ),
    OptionField(
        "courier_id",
        "Courier of shipments",
        "شركة الشحن",
        kind="int",
        default="",
        help_en="Number of the shipping company for carriers that the store does not know by name. Empty: the first company "
        "that is handled by hand.",
        help_ar="رقم شركة الشحن للناقلين الذين لا يعرفهم المتجر بالاسم. فارغ: أول شركة تُدار يدويًا.",
    ),
    OptionField(
        "translation_mode",
        "Second language of products",
        "اللغة الثانية للمنتجات",
        kind="choice",
        default="header",
        choices=("header", "off"),
        help_en="header: texts of the other language are written by a second call of its own; off: only the first language.",
        help_ar="header: تُكتب نصوص اللغة الأخرى بنداء ثانٍ مستقل؛ off: اللغة الأولى فقط.",
    ),
    OptionField(
        "webhook_strategy",
        "Proof of deliveries",
        "إثبات الإشعارات",
        kind="choice",
        default="signature",
        choices=("signature", "token"),
        help_en="signature: each delivery is signed over its body; token: it bears the secret itself.",
        help_ar="signature: يُوقَّع محتوى كل إشعار؛ token: يحمل الإشعار السر نفسه.",
    ),
)
_BY_NAME = {field.name: field for field in OPTION_FIELDS}


@dataclass(frozen=True, slots=True)
class SallaOptions:
    """The options with their types; defaults are those of the declarations."""

    language: str
    branch_id: int | None
    floor_quantities: bool
    bulk_rows: int
    promotions_win: bool
    end_sale_with: str
    custom_statuses: bool
    sweep_days: int
    wide_sweep_days: int
    unpaid_methods: frozenset[str]
    courier_id: int | None
    translation_mode: str
    webhook_strategy: str

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> SallaOptions:
        """Raises ConfigurationError naming the option and what it may be."""
        return cls(
            language=_choice(options, "language"),
            branch_id=_number(options, "branch_id", 1, 10**12),
            floor_quantities=_choice(options, "fractional_quantities") == "floor",
            bulk_rows=_number(options, "bulk_rows", 1, 1000) or 100,
            promotions_win=_flag(options, "promotions_win"),
            end_sale_with=_choice(options, "end_sale_with"),
            custom_statuses=_flag(options, "custom_statuses"),
            sweep_days=_number(options, "sweep_days", 0, 60) or 0,
            wide_sweep_days=_number(options, "wide_sweep_days", 1, 365) or 30,
            unpaid_methods=frozenset(_words(options, "unpaid_methods")),
            courier_id=_number(options, "courier_id", 1, 10**12),
            translation_mode=_choice(options, "translation_mode"),
            webhook_strategy=_choice(options, "webhook_strategy"),
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
        platform="salla",
    )
