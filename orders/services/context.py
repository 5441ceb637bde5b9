"""What the import of many orders of one site shares: mappings, rules, items, read once and looked up in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.core.exceptions import ValidationError

from ecomsync.common.conditions import Condition, parse
from erp.models import ExchangeRate, Item, ItemUnit, LegalEntity, TaxPlan, Warehouse
from erp.models.terms import PaymentKind as MethodKind
from linking.selectors import LinkedItem, RemoteKey, items_for_remote
from orders.models import Order, ReturnOrder
from platforms.types import PaymentKind, RemoteOrder, RemoteOrderLine
from sites.criteria import DOCUMENT_FIELDS, ORDER_FIELDS
from sites.models import (
    DocumentGenerationLine,
    PaymentMethodLine,
    ShippingItemLine,
    Site,
    UpdateOrderStatusLine,
)
from sites.models.lines import ANY_CODE

Row = TypeVar("Row", PaymentMethodLine, ShippingItemLine)

_RULE_FKS = ("number_series", "warehouse", "price_list", "salesperson", "payment_terms")


@dataclass(frozen=True, slots=True)
class Rule:
    """A document generation line with its criteria read; `fault` when they cannot be."""

    line: DocumentGenerationLine
    condition: Condition | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class StatusRule:
    """An update order status line with its criteria read."""

    line: UpdateOrderStatusLine
    condition: Condition


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """What we hold of an order: enough to see without a lock that nothing changed."""

    raw_hash: str
    state: str
    updated_remote: datetime | None
    state_reason: str = ""


class ImportContext:
    """One per site and batch. Everything is read on first use; `prefetch` reads for a whole batch at once."""

    def __init__(self, site: Site, *, historic: bool = False) -> None:
        self.site = site
        self.historic = historic  # the goods of these orders were sold and delivered before we kept stock
        self.known: dict[str, KnownOrder] = {}
        self._returns: dict[str, dict[str, Decimal]] = {}
        self._items: dict[RemoteKey, LinkedItem | None] = {}
        self._made: dict[RemoteKey, Item] = {}
        self._payments: list[PaymentMethodLine] | None = None
        self._shipping: list[ShippingItemLine] | None = None
        self._rules: list[Rule] | None = None
        self._status_rules: list[StatusRule] | None = None
        self._tax_plans: dict[int, TaxPlan] | None = None
        self._rates: dict[tuple[str, str], Decimal | None] = {}
        self._warehouses: list[Warehouse] | None = None
        self._locations: dict[str, Warehouse] | None = None
        self._base_currency: str | None = None
        self._statuses: frozenset[str] | None = None

    def prefetch(self, orders: Sequence[RemoteOrder]) -> None:
        """Read items, known orders and known returns of a batch in a handful of statements."""
        self._load_items(key for order in orders for key in map(self.key_of, order.lines))
        rows = Order.objects.filter(site=self.site, remote_id__in={order.remote_id for order in orders})
        columns = ("remote_id", "raw_hash", "state", "updated_remote", "state_reason")
        for remote_id, *known in rows.values_list(*columns):
            self.known[remote_id] = KnownOrder(*known)
        if self.site.read_returns:
            self._load_returns([order.remote_id for order in orders])

    # -- returns ------------------------------------------------------------
    def known_returns(self, order_remote_id: str) -> dict[str, Decimal]:
        """Shop's id -> total of the returns that we hold of an order; those withdrawn before are left out."""
        if order_remote_id not in self._returns:
            self._load_returns([order_remote_id])
        return self._returns[order_remote_id]

    def forget_returns(self, order_remote_id: str) -> None:
        """They were read anew."""
        self._returns.pop(order_remote_id, None)

    def _load_returns(self, order_ids: Sequence[str]) -> None:
        self._returns |= {order_id: {} for order_id in order_ids}
        rows = ReturnOrder.objects.filter(
            site=self.site, order_remote_id__in=order_ids, withdrawn_at=None
        ).order_by()
        for order_id, remote_id, total in rows.values_list("order_remote_id", "remote_id", "total"):
            self._returns[order_id][remote_id] = total

    # -- items --------------------------------------------------------------
    @staticmethod
    def key_of(line: RemoteOrderLine) -> RemoteKey:
        return RemoteKey(sku=line.sku, product_id=line.product_id, variant_id=line.variant_id)

    def linked(self, lines: Sequence[RemoteOrderLine]) -> dict[RemoteKey, LinkedItem]:
        """The links of these lines; keys that lead nowhere are left out."""
        return self.linked_keys([self.key_of(line) for line in lines])

    def linked_keys(self, keys: Iterable[RemoteKey]) -> dict[RemoteKey, LinkedItem]:
        wanted = list(keys)
        self._load_items(wanted)
        return {key: found for key in wanted if (found := self._items.get(key)) is not None}

    def made(self, line: RemoteOrderLine) -> Item | None:
        """An item that this import made for an unknown product."""
        return self._made.get(self.key_of(line))

    def remember_item(self, line: RemoteOrderLine, item: Item) -> None:
        self._made[self.key_of(line)] = item

    def forget_made(self) -> None:
        """After a rollback the items made in it are gone."""
        self._made.clear()

    def _load_items(self, keys: Iterable[RemoteKey]) -> None:
        wanted = [key for key in dict.fromkeys(keys) if key not in self._items]
        if wanted:
            found = items_for_remote(site=self.site, keys=wanted)
            self._items.update({key: found.get(key) for key in wanted})

    @staticmethod
    def unit_factors(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Decimal]:
        """(item, unit) -> base units in one unit."""
        wanted = set(pairs)
        if not wanted:
            return {}
        rows = ItemUnit.objects.filter(item_id__in={item for item, _ in wanted})
        return {(row.item_id, row.unit_id): row.factor_to_base for row in rows}

    # -- mappings -----------------------------------------------------------
    def payment_line(
        self, code: str, title: str, kind: PaymentKind = PaymentKind.PAYMENT
    ) -> PaymentMethodLine | None:
        """The row of a payment method: by code, by title, else the row for every other one.

        Gift cards, store credit and points are also found under the name of their kind, and the row for every other
        one takes them only when it leads to a voucher or wallet: they are no money that arrives.
        """
        if self._payments is None:
            rows = self.site.payment_methods.filter(active=True).select_related("payment_method", "fee_item")
            self._payments = list(rows)
        if kind is PaymentKind.PAYMENT:
            return _best(self._payments, code, title)
        named = [row for row in self._payments if row.remote_code.strip() != ANY_CODE]
        others = [
            row for row in self._payments if row.remote_code.strip() == ANY_CODE and _takes_tenders(row)
        ]
        return _best(named, code, title) or _best([*named, *others], kind.value, "")

    def shipping_line(self, code: str, title: str) -> ShippingItemLine | None:
        """The row of a shipping method, found like that of a payment method."""
        if self._shipping is None:
            rows = self.site.shipping_items.filter(active=True)
            related = rows.select_related("service_item", "delivery_method__service_item", "tax_plan")
            self._shipping = list(related.prefetch_related("tax_plan__lines"))
        return _best(self._shipping, code, title)

    def rules(self) -> list[Rule]:
        """The active document generation lines in their order."""
        if self._rules is None:
            lines = self.site.document_generation_info_lines.filter(active=True).select_related(*_RULE_FKS)
            self._rules = [_rule(line) for line in lines.order_by("line_no", "id")]
        return self._rules

    def status_rules(self) -> list[StatusRule]:
        """The active update order status lines; those with unreadable criteria say nothing to the shop."""
        if self._status_rules is None:
            found = []
            for line in self.site.update_order_status_to.filter(active=True).order_by("line_no", "id"):
                try:
                    found.append(StatusRule(line, parse(line.criteria, DOCUMENT_FIELDS)))
                except ValidationError:
                    continue  # refused at save; a row older than the language is left out, not guessed
            self._status_rules = found
        return self._status_rules

    def wants_status(self, status: str) -> bool:
        """Whether orders in this status of the shop are imported; nothing chosen means what the platform recommends."""
        if self._statuses is None:
            chosen = self.site.remote_statuses_to_import or self.site.capabilities.default_statuses_to_import
            self._statuses = frozenset(entry.strip().lower() for entry in chosen)
        return not self._statuses or status.strip().lower() in self._statuses

    def warehouses(self) -> list[Warehouse]:
        """The warehouses that may deliver this shop's orders, first choice first; the site's default when none is named."""
        if self._warehouses is None:
            rows = self.site.ecommerce_warehouse_lines.filter(
                active=True, for_orders=True, warehouse__active=True
            )
            named = rows.select_related("warehouse").order_by("priority", "line_no", "id")
            found = list(dict.fromkeys(row.warehouse for row in named))
            default = self.site.default_warehouse
            self._warehouses = found or ([default] if default else [])
        return self._warehouses

    def warehouse_at(self, location_id: str) -> Warehouse | None:
        """The warehouse of a location of the shop that may deliver orders."""
        if not location_id:
            return None
        if self._locations is None:
            rows = self.site.ecommerce_warehouse_lines.filter(
                active=True, for_orders=True, warehouse__active=True
            ).exclude(remote_location_id="")
            named = rows.select_related("warehouse").order_by("-priority", "-line_no", "-id")
            self._locations = {row.remote_location_id.strip(): row.warehouse for row in named}
        return self._locations.get(location_id.strip())

    # -- taxes --------------------------------------------------------------
    def tax_plan(self, key: int | None) -> TaxPlan | None:
        """A tax plan with its lines; all of them are read at once."""
        if key is None:
            return None
        if self._tax_plans is None:
            self._tax_plans = {plan.pk: plan for plan in TaxPlan.objects.prefetch_related("lines")}
        return self._tax_plans.get(key)

    # -- money --------------------------------------------------------------
    def exchange_rate(self, currency: str, on: datetime) -> Decimal | None:
        """What one unit is worth in the base currency that day; None when it is another currency without a rate."""
        if currency == self.base_currency() or not self.base_currency():
            return Decimal(1)
        key = (currency, on.date().isoformat())
        if key not in self._rates:
            rows = ExchangeRate.objects.filter(currency__code=currency, date__lte=on.date()).order_by("-date")
            self._rates[key] = rows.values_list("rate_to_base", flat=True).first()
        return self._rates[key]

    def base_currency(self) -> str:
        """Of the site's legal entity, else what the shop sells in; "" when nobody says, and amounts are then booked
        one to one."""
        if self._base_currency is None:
            entity: LegalEntity | None = self.site.legal_entity
            self._base_currency = entity.base_currency if entity else self.site.currency
        return self._base_currency


def _takes_tenders(row: PaymentMethodLine) -> bool:
    """A voucher or wallet, or a row that wants no receipt at all."""
    kinds = (MethodKind.VOUCHER, MethodKind.WALLET)
    return row.payment_method is None or row.payment_method.kind in kinds


def _rule(line: DocumentGenerationLine) -> Rule:
    try:
        return Rule(line, parse(line.criteria, ORDER_FIELDS))
    except ValidationError as error:
        return Rule(line, None, "; ".join(error.messages))


def _best(rows: Sequence[Row], code: str, title: str) -> Row | None:
    wanted = (code.strip().lower(), title.strip().lower())
    for row in rows:
        if wanted[0] and row.remote_code.strip().lower() == wanted[0]:
            return row
    for row in rows:
        if wanted[1] and wanted[1] in (row.remote_title.strip().lower(), row.remote_code.strip().lower()):
            return row
    return next((row for row in rows if row.remote_code.strip() == ANY_CODE), None)
