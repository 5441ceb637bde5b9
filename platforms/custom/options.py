"""The settings of a custom site as its form shows them."""

from __future__ import annotations

from platforms.base import OptionField

OPTION_FIELDS: tuple[OptionField, ...] = (
    OptionField(
        "api_root",
        "Path of the API",
        "مسار الواجهة البرمجية",
        help_en="Stands between the site's URL and the path of each operation, such as api/v1. May be empty.",
        help_ar="يقع بين رابط الموقع ومسار كل عملية، مثل api/v1. يجوز تركه فارغًا.",
    ),
    OptionField(
        "body_format",
        "Format of bodies",
        "صيغة المحتوى",
        kind="choice",
        default="json",
        choices=("json", "xml"),
        help_en="What the shop speaks. GraphQL is always json.",
        help_ar="الصيغة التي يتحدث بها المتجر. تستعمل GraphQL دائمًا json.",
    ),
    OptionField(
        "sign_in",
        "How to sign in",
        "طريقة تسجيل الدخول",
        kind="choice",
        default="bearer",
        choices=("none", "header", "query", "basic", "bearer", "oauth2", "login", "hmac"),
        help_en="header, query: the access token in a header or parameter of its own; basic: username and password; bearer: "
        "the access token; oauth2: a token for the client's keys or a refresh token; login: a call that answers with a "
        "token; hmac: each call is signed with the password.",
        help_ar="header وquery: رمز الوصول في ترويسة أو معامل خاص؛ basic: اسم المستخدم وكلمة المرور؛ bearer: رمز الوصول؛ "
        "oauth2: رمز مقابل مفاتيح العميل أو رمز التحديث؛ login: نداء يُجاب برمز؛ hmac: يوقَّع كل نداء بكلمة المرور.",
    ),
    OptionField(
        "sign_in_settings",
        "Details of signing in",
        "تفاصيل تسجيل الدخول",
        kind="json",
        default={},
        help_en='header: {"header": "X-Api-Key", "prefix": ""}. query: {"parameter": "key"}. oauth2: {"token_path": '
        '"/oauth/token", "scope": "…"}. login: {"request": {operation}, "token": "body.token"}. hmac: {"header": '
        '"X-Signature", "signed": "{{ method }}{{ path }}{{ body }}", "algorithm": "sha256", "encoding": "hex"}.',
        help_ar='header: {"header": "X-Api-Key", "prefix": ""}. وquery: {"parameter": "key"}. وoauth2: {"token_path": '
        '"/oauth/token"}. وlogin: {"request": {عملية}, "token": "body.token"}. وhmac: {"header": "X-Signature", '
        '"signed": "{{ method }}{{ path }}{{ body }}"}.',
    ),
    OptionField(
        "headers",
        "Headers of every call",
        "ترويسات كل نداء",
        kind="json",
        default={},
        help_en="Secrets are refused here: write {{ credentials.access_token }} instead.",
        help_ar="لا تُقبل الأسرار هنا: اكتب {{ credentials.access_token }} بدلًا منها.",
    ),
    OptionField(
        "operations",
        "Operations",
        "العمليات",
        kind="json",
        default={},
        help_en="One entry per thing that the shop can do: method, path, query, body, paging, success rule and where the "
        "rows are. What is missing here is hidden on this form. The names are in platforms/custom/README.md.",
        help_ar="مدخل لكل ما يستطيعه المتجر: الطريقة والمسار والمعاملات والمحتوى والصفحات وقاعدة النجاح ومكان الصفوف. "
        "ما لا يوجد هنا يُخفى في هذا النموذج. الأسماء في platforms/custom/README.md.",
    ),
    OptionField(
        "fields",
        "Field maps",
        "خرائط الحقول",
        kind="json",
        default={},
        help_en='For order, product, return and so on: our field and where the shop has it, such as {"order": {"number": '
        '"code", "total": "totalWithTax -> minor"}}. Paths are JMESPath, converters stand behind ->.',
        help_ar='للطلب والمنتج والمرتجع وغيرها: حقلنا وموضعه لدى المتجر، مثل {"order": {"number": "code", "total": '
        '"totalWithTax -> minor"}}. المسارات بصيغة JMESPath والمحوّلات بعد ->.',
    ),
    OptionField(
        "statuses",
        "Statuses of orders",
        "حالات الطلبات",
        kind="json",
        default={},
        help_en='{"paid": {"title": "Paid", "phase": "open", "import": true}}. phase: incomplete, open, complete or '
        "cancelled. An unknown status counts as open.",
        help_ar='{"paid": {"title": "مدفوع", "phase": "open", "import": true}}. المرحلة phase: ‏incomplete أو open أو '
        "complete أو cancelled. الحالة غير المعروفة تُعد مفتوحة.",
    ),
    OptionField(
        "payment_statuses",
        "Statuses of payment",
        "حالات الدفع",
        kind="json",
        default={},
        help_en='{"settled": "paid"}: the shop\'s word and ours: unpaid, authorised, paid, partly_refunded, refunded or '
        "failed. Unknown words count as unpaid.",
        help_ar='{"settled": "paid"}: كلمة المتجر وكلمتنا: unpaid أو authorised أو paid أو partly_refunded أو refunded أو '
        "failed. الكلمات غير المعروفة تُعد غير مدفوعة.",
    ),
    OptionField(
        "errors",
        "How the shop refuses",
        "كيف يرفض المتجر",
        kind="json",
        default={},
        help_en='Of every operation: {"when": "body.ok", "message": "body.error.message", "code": "body.error.code", '
        '"kinds": {"AUTH_FAILED": "bad_credentials"}}. when: what must hold for success beside status 2xx.',
        help_ar='لكل العمليات: {"when": "body.ok", "message": "body.error.message", "code": "body.error.code", "kinds": '
        '{"AUTH_FAILED": "bad_credentials"}}. when: ما يجب تحققه للنجاح إضافة إلى الحالة 2xx.',
    ),
    OptionField(
        "webhooks",
        "Webhooks",
        "إشعارات الويب",
        kind="json",
        default={},
        help_en='{"scheme": "hmac", "header": "x-signature", "algorithm": "sha256", "encoding": "hex", "topic": '
        '"body.event", "id": "body.data.id", "topics": {"order.paid": "order.updated"}}. scheme: hmac, token or basic. '
        "The secret is the site's webhook secret.",
        help_ar='{"scheme": "hmac", "header": "x-signature", "algorithm": "sha256", "encoding": "hex", "topic": '
        '"body.event", "id": "body.data.id", "topics": {"order.paid": "order.updated"}}. المخطط scheme: ‏hmac أو token أو '
        "basic. السر هو سر إشعارات الموقع.",
    ),
    OptionField(
        "stock_meaning",
        "A published quantity means",
        "معنى الكمية المنشورة",
        kind="choice",
        default="salable",
        choices=("salable", "physical"),
        help_en="salable: what may still be sold; physical: what lies in the store, open orders of the shop included.",
        help_ar="salable: ما يمكن بيعه بعد؛ physical: الموجود فعليًا بما فيه طلبات المتجر المفتوحة.",
    ),
    OptionField(
        "fractional_quantities",
        "Quantities with a fraction",
        "كميات كسرية",
        kind="bool",
        default=False,
        help_en="Off: a quantity with a fraction is refused and says so.",
        help_ar="عند الإيقاف: تُرفض الكمية الكسرية مع بيان السبب.",
    ),
    OptionField(
        "rounding_tolerance",
        "Rounding of the shop's totals",
        "تقريب مجاميع المتجر",
        default="0",
        help_en="Up to this amount per order a difference between the rows and the total is the shop's rounding, such as "
        "0.02; anything more is held.",
        help_ar="حتى هذا المبلغ لكل طلب يُعد الفرق بين الصفوف والمجموع تقريبًا من المتجر، مثل 0.02؛ وما زاد يُحجز.",
    ),
)
