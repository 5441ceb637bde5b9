"""The settings of a Norce site: declared for the site form, read into one typed value.

What Norce does not document is a setting here, with the safe default. Source: fact sheet, "Not confirmed".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.base import OptionField
from platforms.norce.query_names import QueryNames

OPTION_FIELDS: tuple[OptionField, ...] = (
    OptionField(
        "price_list_code",
        "Price list of prices",
        "قائمة الأسعار",
        help_en="Code of the price list that gets prices without a list of their own. Empty: the primary one.",
        help_ar="رمز قائمة الأسعار التي تُكتب إليها الأسعار التي ليست لها قائمة خاصة. فارغ: القائمة الرئيسية.",
    ),
    OptionField(
        "warehouse_code",
        "Warehouse of quantities",
        "مستودع الكميات",
        help_en="Code of the warehouse that gets the quantities of warehouses without one of their own; WAREHOUSE/LOCATION "
        "where the location has another code. Empty: the only one that there is.",
        help_ar="رمز المستودع الذي تُكتب إليه كميات المستودعات التي ليس لها مقابل؛ اكتب WAREHOUSE/LOCATION إذا اختلف رمز "
        "الموقع. فارغ: المستودع الوحيد الموجود.",
    ),
    OptionField(
        "stock_meaning",
        "What a quantity means",
        "معنى الكمية",
        kind="choice",
        default="physical",
        choices=("physical", "salable"),
        help_en="physical: what lies there is sent, and Norce takes its open orders off by itself; salable: what is free to "
        "sell is sent.",
        help_ar="physical: تُرسل الكمية الموجودة فعليًا ويخصم نورس طلباته المفتوحة بنفسه؛ salable: تُرسل الكمية المتاحة للبيع.",
    ),
    OptionField(
        "scope",
        "Scope",
        "النطاق",
        help_en="Scope of the token: prod, stage or playground; several with a space between. Empty: by the address.",
        help_ar="نطاق رمز الوصول: prod أو stage أو playground؛ وعدة نطاقات بمسافة بينها. فارغ: بحسب العنوان.",
    ),
    OptionField(
        "auth_mode",
        "Signing in",
        "طريقة الدخول",
        kind="choice",
        default="oauth",
        choices=("oauth", "basic"),
        help_en="oauth: a token for client id and secret; basic: the older Storm Connect, application id and secret.",
        help_ar="oauth: رمز وصول مقابل المعرّف والسر؛ basic: لخدمة Storm Connect الأقدم بمعرّف التطبيق وسره.",
    ),
    OptionField(
        "account_id",
        "Account of Connect",
        "حساب Connect",
        kind="int",
        default="",
        help_en="Number of the account that Norce names in its change log. Empty: none is sent.",
        help_ar="رقم الحساب الذي يذكره نورس في سجل التغييرات. فارغ: لا يُرسل شيء.",
    ),
    OptionField(
        "account_id_prices",
        "Account of Connect for prices",
        "حساب Connect للأسعار",
        kind="int",
        default="",
        help_en="So that Norce shows who changed prices. Empty: the account above.",
        help_ar="ليُظهر نورس مَن غيّر الأسعار. فارغ: الحساب المذكور أعلاه.",
    ),
    OptionField(
        "account_id_stock",
        "Account of Connect for stock",
        "حساب Connect للمخزون",
        kind="int",
        default="",
        help_en="So that Norce shows who changed quantities. Empty: the account above.",
        help_ar="ليُظهر نورس مَن غيّر الكميات. فارغ: الحساب المذكور أعلاه.",
    ),
    OptionField("identity_path", "Path of Identity", "مسار Identity", default="identity/1.0/connect/token"),
    OptionField("connect_path", "Path of Connect", "مسار Connect", default="commerce/connect/4.0"),
    OptionField("query_path", "Path of Query", "مسار Query", default="commerce/query/2.0"),
    OptionField(
        "query_names",
        "Names of fields in Query",
        "أسماء الحقول في Query",
        help_en="Where your Query calls a field something else than 'Test Connection' asks by: "
        "Orders/Orders.ClientOrderRef=OrderReference, comma separated. Empty: the usual names.",
        help_ar="إذا كان Query لديكم يسمي حقلًا باسم غير الذي يسأل به «اختبار الاتصال»: "
        "Orders/Orders.ClientOrderRef=OrderReference، مع الفصل بفواصل. فارغ: الأسماء المعتادة.",
    ),
    OptionField(
        "job_path",
        "Path of jobs",
        "مسار المهام",
        help_en="Empty: below Connect. Some clients use commerce/connect/4.0/api.",
        help_ar="فارغ: تحت مسار Connect. تستعمل بعض الأنظمة commerce/connect/4.0/api.",
    ),
    OptionField(
        "job_wait",
        "Seconds to follow a job",
        "ثواني متابعة المهمة",
        kind="int",
        default=120,
        help_en="How long a job is followed at a stretch. A job that is still open then is looked at again with the next run.",
        help_ar="المدة التي تُتابع فيها المهمة دفعة واحدة. وإن بقيت مفتوحة بعدها فيُنظر إليها مجددًا في التشغيل التالي.",
    ),
    OptionField(
        "file_rows",
        "Rows in a file",
        "عدد الأسطر في الملف",
        kind="int",
        default=5000,
        help_en="How many rows go to Norce as one job. Norce publishes no limit.",
        help_ar="عدد الأسطر التي تُرسل إلى نورس في مهمة واحدة. لا ينشر نورس حدًا لذلك.",
    ),
    OptionField(
        "full_file_drop",
        "Largest drop of a full file (percent)",
        "أكبر نقص في الملف الكامل (نسبة مئوية)",
        kind="int",
        default=10,
        help_en="A full file switches off what it does not name. One that is smaller than the last by more is not sent.",
        help_ar="الملف الكامل يوقف كل ما لا يذكره. ولا يُرسل ملف يقل عن سابقه بأكثر من هذه النسبة.",
    ),
    OptionField(
        "full_files_confirmed",
        "Full files are confirmed",
        "الملفات الكاملة مؤكدة",
        kind="bool",
        default=False,
        help_en="The ERP owns everything in Norce of what it sends in full files; without this none is sent.",
        help_ar="نظام ERP يملك في نورس كل ما يرسله في الملفات الكاملة؛ ومن دون هذا التأكيد لا يُرسل أي ملف كامل.",
    ),
    OptionField(
        "status_mode",
        "Status of articles",
        "حالة الأصناف",
        kind="choice",
        default="erp",
        choices=("erp", "create_only"),
        help_en="create_only: staff in Norce switch articles on and off; the ERP's word counts for new ones only.",
        help_ar="create_only: موظفو نورس يفعّلون الأصناف ويوقفونها، ولا يُعتمد قول نظام ERP إلا للأصناف الجديدة.",
    ),
    OptionField(
        "manufacturer_code",
        "Manufacturer of new articles",
        "الشركة المصنّعة للأصناف الجديدة",
        default="ERP",
        help_en="Norce creates no article without the code of its manufacturer.",
        help_ar="لا ينشئ نورس صنفًا بلا رمز الشركة المصنّعة.",
    ),
    OptionField(
        "default_culture",
        "Language of texts",
        "لغة النصوص",
        default="en-GB",
        help_en="Culture of texts without a language: en-GB, ar-SA, sv-SE …",
        help_ar="رمز لغة النصوص التي لم تُحدد لغتها: en-GB أو ar-SA أو sv-SE …",
    ),
    OptionField(
        "paid_payment_methods",
        "Payment methods that mean paid",
        "طرق الدفع التي تعني أن الطلب مدفوع",
        help_en="Codes, comma separated. Other payments are reservations until the invoice captures them.",
        help_ar="رموز مفصولة بفواصل. أما بقية المدفوعات فهي حجوزات إلى أن تحصّلها الفاتورة.",
    ),
    OptionField(
        "capture_with_invoice",
        "The invoice captures the payment",
        "الفاتورة تحصّل المبلغ",
        kind="bool",
        default=False,
        help_en="An invoice sent to Norce takes the reserved money at the payment provider.",
        help_ar="عند إرسال الفاتورة إلى نورس يُحصَّل المبلغ المحجوز لدى مزود الدفع.",
    ),
    OptionField(
        "receiver_user",
        "User of the order receiver",
        "مستخدم استقبال الطلبات",
        default="ecomsync",
        help_en="User name that is entered in Norce Admin for the ERP integration; the password is the webhook secret.",
        help_ar="اسم المستخدم المُدخل في إدارة نورس لتكامل ERP؛ وكلمة المرور هي سر الويب هوك.",
    ),
)
_BY_NAME = {option.name: option for option in OPTION_FIELDS}


@dataclass(frozen=True, slots=True)
class NorceOptions:
    """The options with their types; defaults are those of the declarations."""

    price_list_code: str
    warehouse_code: str
    scope: str
    auth_mode: str
    account_id: int | None
    account_id_prices: int | None
    account_id_stock: int | None
    identity_path: str
    connect_path: str
    query_path: str
    query_names: QueryNames
    job_path: str
    job_wait: int
    file_rows: int
    full_file_drop: int
    full_files_confirmed: bool
    status_mode: str
    manufacturer_code: str
    default_culture: str
    paid_payment_methods: frozenset[str]
    capture_with_invoice: bool
    receiver_user: str

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> NorceOptions:
        """Raises ConfigurationError naming the option and what it may be."""
        connect = _text(options, "connect_path").strip("/")
        return cls(
            price_list_code=_text(options, "price_list_code"),
            warehouse_code=_text(options, "warehouse_code"),
            scope=_text(options, "scope"),
            auth_mode=_choice(options, "auth_mode"),
            account_id=_number(options, "account_id", 1, 2_000_000_000),
            account_id_prices=_number(options, "account_id_prices", 1, 2_000_000_000),
            account_id_stock=_number(options, "account_id_stock", 1, 2_000_000_000),
            identity_path=_text(options, "identity_path").strip("/"),
            connect_path=connect,
            query_path=_text(options, "query_path").strip("/"),
            query_names=_names(options, "query_names"),
            job_path=_text(options, "job_path").strip("/") or connect,
            job_wait=_number(options, "job_wait", 0, 3600) or 0,
            file_rows=_number(options, "file_rows", 1, 100_000) or 5000,
            full_file_drop=_number(options, "full_file_drop", 0, 100) or 0,
            full_files_confirmed=_flag(options, "full_files_confirmed"),
            status_mode=_choice(options, "status_mode"),
            manufacturer_code=_text(options, "manufacturer_code"),
            default_culture=_text(options, "default_culture"),
            paid_payment_methods=frozenset(
                word.strip() for word in _text(options, "paid_payment_methods").split(",") if word.strip()
            ),
            capture_with_invoice=_flag(options, "capture_with_invoice"),
            receiver_user=_text(options, "receiver_user"),
        )


def _value(options: Mapping[str, Any], name: str) -> Any:
    given = options.get(name)
    return _BY_NAME[name].default if given is None or given == "" else given


def _text(options: Mapping[str, Any], name: str) -> str:
    return str(_value(options, name)).strip()


def _names(options: Mapping[str, Any], name: str) -> QueryNames:
    try:
        return QueryNames.read(_text(options, name))
    except ValueError as error:
        allowed = "entries such as Orders/Orders.ClientOrderRef=OrderReference, comma separated"
        raise _bad(name, str(error), allowed) from None


def _flag(options: Mapping[str, Any], name: str) -> bool:
    value = _value(options, name)
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "1", "yes", "on"):
        return True
    if word in ("false", "0", "no", "off"):
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
        found = int(value)
    except (TypeError, ValueError):
        raise _bad(name, value, f"a whole number from {lowest} to {highest}") from None
    if not lowest <= found <= highest:
        raise _bad(name, value, f"a whole number from {lowest} to {highest}")
    return found


def _bad(name: str, value: object, allowed: str) -> ConfigurationError:
    return ConfigurationError(
        f"The option '{_BY_NAME[name].label_en}' ({name}) is {value!r}.",
        code="bad_option",
        cure=f"Set it to: {allowed}.",
        platform="norce",
    )
