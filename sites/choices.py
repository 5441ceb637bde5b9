"""The values that settings of a site and its detail tables can take."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from platforms.registry import platform_entries


def site_type_choices() -> list[tuple[str, str]]:
    """The platforms that are installed, in the reader's language."""
    arabic = (get_language() or "").startswith("ar")
    return [
        (entry.name, entry.label_ar if arabic else entry.label_en) for entry in platform_entries().values()
    ]


class ApiStyle(models.TextChoices):
    REST = "rest", _("REST")
    GRAPHQL = "graphql", _("GraphQL")


class WebhookSource(models.TextChoices):
    DIRECT = "direct", _("direct: the shop calls this installation")
    GATEWAY = "gateway", _("gateway: events are fetched from our gateway")


class ImportPolicy(models.TextChoices):
    """When an order may become ERP documents."""

    ALWAYS = "always", _("always")
    PAID = "paid", _("when paid")
    AUTHORISED = "authorised", _("when paid or authorised")
    NEVER = "never", _("never")


class OtherStatuses(models.TextChoices):
    """Which open orders in statuses that are not imported take their goods off the shop's stock."""

    NONE = "none", _("none")
    PAID = "paid", _("paid or authorised ones")
    ALL = "all", _("all open ones")


class CustomerMatch(models.TextChoices):
    PLATFORM_ID = "platform_id", _("customer number in the shop")
    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("phone")
    TAX_NUMBER = "tax_number", _("tax number")


class TaxSource(models.TextChoices):
    SHOP = "shop", _("amounts of the shop")
    ERP_CHECKED = "erp_checked", _("amounts of the shop, checked against the tax plan")


class PricesIncludeTax(models.TextChoices):
    FROM_ORDER = "from_order", _("as the order says")
    YES = "yes", _("yes")
    NO = "no", _("no")


class CouponTarget(models.TextChoices):
    HEADER = "header", _("header discount")
    LINES = "lines", _("line discounts")
    ITEM = "item", _("discount item")


class HeaderDiscountSplit(models.TextChoices):
    NO = "no", _("no")
    BY_VALUE = "by_value", _("by value")
    BY_QUANTITY = "by_quantity", _("by quantity")


class TotalDifferencePolicy(models.TextChoices):
    HOLD = "hold", _("hold the order")
    ROUNDING = "rounding", _("rounding line up to the tolerance")


class UnknownItemPolicy(models.TextChoices):
    HOLD = "hold", _("hold the order")
    CREATE = "create", _("create the item")
    SUBSTITUTE = "substitute", _("use the substitute item")


class OrderChangedPolicy(models.TextChoices):
    UPDATE = "update", _("follow it while nothing is delivered or invoiced, else flag it")
    CORRECT = "correct", _("follow it; correct what is delivered or invoiced by further documents")
    FLAG = "flag", _("only flag it")
    HOLD = "hold", _("hold the order")


class CancelPolicy(models.TextChoices):
    CANCEL = "cancel", _("cancel what is neither delivered nor invoiced, else flag it")
    CREDIT = "credit", _("cancel what is not delivered, and credit what is invoiced")
    FLAG = "flag", _("only flag it")


class CancelledPaymentPolicy(models.TextChoices):
    """What becomes of money received for an order that is cancelled."""

    CREDIT = "credit", _("keep it as credit of the customer")
    REFUND = "refund", _("pay it back")


class ReopenedPolicy(models.TextChoices):
    """An order was cancelled in the shop, and so were its documents; then the shop takes it up again."""

    FLAG = "flag", _("only flag it")
    REMAKE = "remake", _("make new documents")


class OrderRouting(models.TextChoices):
    """How the warehouses for orders share the work."""

    WHOLE = "whole", _("the whole order from one warehouse")
    BY_LINE = "by_line", _("each line from a warehouse that has it")


class ShopShipmentsPolicy(models.TextChoices):
    """Goods that left according to the shop."""

    IGNORE = "ignore", _("ignore")
    DELIVER = "deliver", _("make deliveries of them")


class ReserveStock(models.TextChoices):
    ON_IMPORT = "on_import", _("when the order is imported")
    ON_CONFIRM = "on_confirm", _("when the sales order is confirmed")
    NO = "no", _("no")


class ReturnPolicy(models.TextChoices):
    IGNORE = "ignore", _("ignore")
    STAGE = "stage", _("keep for a decision")
    CREDIT_NOTE = "credit_note", _("credit note")
    RETURN_ORDER = "return_order", _("sales return")


class ExchangePolicy(models.TextChoices):
    """What becomes of the goods that a buyer gets in exchange for returned ones."""

    IGNORE = "ignore", _("only the return")
    STAGE = "stage", _("keep for a decision")
    ORDER = "order", _("return and a new sales order")


class RestockPolicy(models.TextChoices):
    AS_SHOP = "as_shop", _("as the shop says")
    ALWAYS = "always", _("always")
    NEVER = "never", _("never")


class QtyPart(models.TextChoices):
    """What is taken off the stock on hand before a quantity is published."""

    RESERVED = "reserved", _("reserved")
    SAFETY_STOCK = "safety_stock", _("safety stock")
    CHANNEL_BUFFER = "channel_buffer", _("channel buffer")
    UNIMPORTED_ORDERS = "unimported_orders", _("sold in the shop, not yet in the ERP")


class QtyRounding(models.TextChoices):
    DOWN = "down", _("down to whole pieces")
    NEAREST = "nearest", _("to the nearest whole piece")
    EXACT = "exact", _("exact, where the shop takes fractions")


class SpecialPriceOwnership(models.TextChoices):
    SHOP = "shop", _("the shop: its promotions are left alone")
    ERP = "erp", _("the ERP: promotions follow the ERP")


class PriceRounding(models.TextChoices):
    CURRENCY = "currency", _("decimals of the currency")
    FIVE_HUNDREDTHS = "0.05", _("to 0.05")
    TENTH = "0.10", _("to 0.10")
    HALF = "0.50", _("to 0.50")
    WHOLE = "1", _("to whole units")
    END_99 = "end_99", _("ending in .99")
    END_95 = "end_95", _("ending in .95")


class CurrencyConversion(models.TextChoices):
    REFUSE = "refuse", _("send only prices in the currency of the shop")
    CONVERT = "convert", _("convert with the exchange rate of the day")


class ItemIdentity(models.TextChoices):
    """What makes an ERP item and a shop product the same thing."""

    CODE = "code", _("item code = SKU")
    BARCODE = "barcode", _("barcode")
    EXPRESSION = "expression", _("custom field")


class PaymentCalculation(models.TextChoices):
    FULL_TOTAL = "full_total", _("full total")
    REMAINING = "remaining", _("what remains")
    PERCENT = "percent", _("percent of the total")
    FIXED = "fixed", _("fixed amount")
    NONE = "none", _("no receipt")


class ShippingCost(models.TextChoices):
    AS_CHARGED = "as_charged", _("as charged")
    FIXED = "fixed", _("fixed amount")
    PERCENT = "percent", _("percent of what was charged")
    FREE = "free", _("free")


class WhenEmpty(models.TextChoices):
    SKIP = "skip", _("leave the shop's value")
    CLEAR = "clear", _("clear it")
    DEFAULT = "default", _("send the default value")


class ApplyOn(models.TextChoices):
    CREATE = "create", _("create")
    UPDATE = "update", _("update")
    BOTH = "both", _("create and update")


class EventAction(models.TextChoices):
    """What a webhook event does."""

    IMPORT_ORDER = "import_order", _("import the order")
    CANCEL_ORDER = "cancel_order", _("cancel the documents of the order")
    IMPORT_RETURN = "import_return", _("import the returns of the order")
    REFRESH_STOCK = "refresh_stock", _("send the stock of the items again")
    REFRESH_PRODUCT = "refresh_product", _("refresh the link of the product")
    UPDATE_CUSTOMER = "update_customer", _("update the customer")
    RUN_GRAPHQL = "run_graphql", _("run a GraphQL operation")
    SEND_EMAIL = "send_email", _("send an e-mail")
    CALL_URL = "call_url", _("call a URL")
    IGNORE = "ignore", _("ignore")


class GraphQLKind(models.TextChoices):
    QUERY = "query", _("query")
    MUTATION = "mutation", _("mutation")


class GraphQLUse(models.TextChoices):
    EVENT_ACTION = "event_action", _("event action")
    SCHEDULE = "schedule", _("schedule")
    MANUAL = "manual", _("manual action")


class CriterionOperator(models.TextChoices):
    """Operators of criteria rows; the same words as in the expression language."""

    EQUALS = "=", _("equals")
    DIFFERS = "!=", _("differs from")
    LESS = "<", _("less than")
    AT_MOST = "<=", _("at most")
    MORE = ">", _("more than")
    AT_LEAST = ">=", _("at least")
    IN = "in", _("is one of")
    NOT_IN = "not in", _("is none of")
    CONTAINS = "contains", _("contains")
    STARTS_WITH = "starts with", _("starts with")
    IS_EMPTY = "is empty", _("is empty")
    IS_NOT_EMPTY = "is not empty", _("is not empty")


class DocumentKind(models.TextChoices):
    """ERP documents whose state the shop is told of."""

    SALES_ORDER = "sales_order", _("sales order")
    DELIVERY = "delivery", _("delivery")
    INVOICE = "invoice", _("sales invoice")
    CREDIT_NOTE = "credit_note", _("credit note")
    RETURN = "return", _("sales return")
    RECEIPT = "receipt", _("receipt")


class RemoteAction(models.TextChoices):
    STATUS = "status", _("status only")
    SHIP = "ship", _("ship")
    INVOICE = "invoice", _("send the invoice")
    COMPLETE = "complete", _("complete")
    CANCEL = "cancel", _("cancel")
    REFUND = "refund", _("refund")


class AlarmUnit(models.TextChoices):
    COUNT = "count", _("differences")
    PERCENT = "percent", _("percent")


class Flow(models.TextChoices):
    """What a site does again and again; each has its cursor."""

    ORDERS = "orders", _("orders")
    RETURNS = "returns", _("returns")
    QUANTITY_DELTA = "quantity_delta", _("changed quantities")
    QUANTITY_FULL = "quantity_full", _("all quantities")
    PRICE_DELTA = "price_delta", _("changed prices")
    PRICE_FULL = "price_full", _("all prices")
    ITEMS = "items", _("items")
    CUSTOMERS = "customers", _("customers")
    CATEGORIES = "categories", _("categories")
    PRODUCTS = "products", _("products of the shop")
    RECONCILE = "reconcile", _("reconciliation")
    WEBHOOK_HEALTH = "webhook_health", _("webhook health")
    TOKEN = "token", _("access token")
