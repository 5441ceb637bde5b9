"""One operation tried by hand: the request as it would leave, the answer, and what the field maps make of it.

Nothing shown holds a secret: calls come from the observer, which masks them, and a request that is not sent is masked in
the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import ConfigurationError, EcomsyncError
from ecomsync.common.http import Exchange, Observer
from ecomsync.common.masking import MASK, mask_body, mask_headers, mask_url
from platforms.base import Connection, RateBudget
from platforms.custom.client import CustomClient, Prepared, Reply
from platforms.custom.expressions import compiled
from platforms.custom.mapping_orders import OrderMapper
from platforms.custom.mapping_products import category_of, product_of
from platforms.custom.operations import Operation
from platforms.custom.order_updates import open_lines
from platforms.custom.paging import record_of, rows_of
from platforms.custom.records import Record
from platforms.custom.settings import CustomSettings, read_settings
from platforms.custom.templates import as_text
from platforms.types import RemoteOrder, ShipmentNotice, Trial, TrialCall

SHOWN_RECORDS = 3
_LANE = "products"
#: Operation -> the record that its rows are read as.
_RECORDS = {
    "list_orders": "order",
    "get_order": "order",
    "orders_by_ids": "order",
    "list_returns": "return",
    "list_products": "product",
    "find_products": "product",
    "products_by_ids": "product",
    "list_categories": "category",
    "list_images": "image",
    "list_webhooks": "webhook",
    "shop": "shop",
}
_OF_AN_ORDER = (
    "push_status",
    "push_note",
    "complete_order",
    "cancel_order",
    "push_shipment",
    "push_invoice",
    "push_refund",
)


def trial_names(options: Mapping[str, Any]) -> Sequence[tuple[str, bool]]:
    try:
        settings = read_settings(options)
    except ConfigurationError:
        return ()
    return tuple((name, name not in _RECORDS) for name in settings.operations)


def example_values(name: str, connection: Connection) -> dict[str, Any]:
    """What the operation is given, with values that staff replace by some of their shop."""
    since = (datetime.now(UTC) - timedelta(days=30)).isoformat(timespec="seconds").replace("+00:00", "Z")
    row = {"remote_id": "1", "sku": "SKU-1", "parent_remote_id": "", "inventory_id": "", "location_id": ""}
    price = {"price": "10.00", "currency": connection.currency, "special": None, "clear_special": False}
    price |= {"price_list": "", "min_quantity": "1", "remove": False}
    notice = {"key": "trial", "status": "", "comment": "", "notify_customer": False}
    by_name: dict[str, dict[str, Any]] = {
        "list_orders": {"since": since},
        "list_products": {"since": since},
        "get_order": {"id": "1"},
        "list_returns": {"id": "1"},
        "orders_by_ids": {"ids": ["1"]},
        "products_by_ids": {"ids": ["1"]},
        "find_products": {"skus": ["SKU-1"], "sku": "SKU-1"},
        "push_quantities": {"rows": [{**row, "quantity": 1}]},
        "push_prices": {"rows": [{**row, **price}]},
        "create_product": {"product": {"sku": "SKU-1", "name": "Trial", "price": "10.00", "remote_id": ""}},
        "update_product": {"product": {"sku": "SKU-1", "name": "Trial", "price": "10.00", "remote_id": "1"}},
        "list_images": {"id": "1"},
        "add_image": {
            "id": "1",
            "image": {"url": "https://cdn.example.com/a.jpg", "label": "", "mark": "[trial]"},
        },
        "remove_image": {"id": "1", "image": {"remote_id": "1"}},
        "create_category": {"category": {"name": "Trial", "remote_id": "", "parent_remote_id": ""}},
        "update_category": {"category": {"name": "Trial", "remote_id": "1", "parent_remote_id": ""}},
        "register_webhook": {
            "hook": {"topic": "order.updated", "url": connection.webhook_url, "remote_id": ""}
        },
        "update_webhook": {
            "hook": {"topic": "order.updated", "url": connection.webhook_url, "remote_id": "1"}
        },
    }
    if name == "push_shipment":
        return {
            "id": "1",
            "notice": {**notice, "carrier": "Aramex", "tracking_number": "TRIAL-1", "lines": []},
        }
    if name == "push_invoice":
        return {
            "id": "1",
            "notice": {**notice, "number": "INV-1", "url": "https://erp.example.com/invoice.pdf"},
        }
    if name == "push_refund":
        return {"id": "1", "notice": {**notice, "amount": "1.00", "reason": "Trial", "lines": []}}
    if name in _OF_AN_ORDER:
        return {"id": "1", "notice": notice}
    return by_name.get(name, {})


class OperationTrial:
    """A client of its own, whose calls are kept to be shown."""

    def __init__(
        self,
        connection: Connection,
        settings: CustomSettings,
        observer: Observer | None,
        budget: RateBudget | None,
    ) -> None:
        self._observer = observer
        self._calls: list[TrialCall] = []
        self._client = CustomClient(connection, settings, observer=self._keep, budget=budget)
        self._mapper = OrderMapper(settings, self._client.scope)

    def run(
        self, operation: Operation, values: Mapping[str, Any], *, send: bool, result_path: str = ""
    ) -> Trial:
        """Never raises for what the trial itself can tell."""
        try:
            context = self._context(operation, values)
            if not send:
                return Trial(tuple(self._prepared(operation, context)))
            reply = self._client.run(operation, context, lane=_LANE)
            if operation.name == "graphql_line":
                value = self._client.value(
                    f"body.data.{result_path}" if result_path else "body.data", reply.context
                )
                shown = (
                    (
                        (
                            result_path or "data",
                            as_text(compiled("@ -> json").value(value, self._client.scope)),
                        ),
                    ),
                )
                return Trial(tuple(self._calls), shown, 1)
            found, mapped = self._mapped(operation, reply)
            return Trial(tuple(self._calls), mapped, found)
        except EcomsyncError as error:
            return Trial(tuple(self._calls), message=error.message, cure=error.cure)
        finally:
            self._client.close()

    def _context(self, operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
        paging = operation.paging
        start = {"page": paging.first, "offset": 0, "size": paging.size, "cursor": None, "last_id": None}
        context: dict[str, Any] = {"paging": start, "answers": [], **values}
        rows = context.get("rows")
        if isinstance(rows, list) and rows:
            context.setdefault("row", rows[0])
        hook = context.get("hook")
        if isinstance(hook, Mapping):
            context["hook"] = {**hook, "secret": self._client.connection.webhook_secret}
        if operation.name in _OF_AN_ORDER and "order" not in context:
            context |= self._order_of(str(context.get("id", "")), context)
        return context

    def _order_of(self, remote_id: str, context: Mapping[str, Any]) -> dict[str, Any]:
        """What is sent back to an order may look at it."""
        operation = self._client.settings.operation("get_order")
        if operation is None:
            return {"order": {}}
        reply = self._client.run(operation, {"id": remote_id}, lane=_LANE)
        raw = record_of(self._client, operation, reply) or {}
        notice = context.get("notice")
        if isinstance(notice, Mapping) and notice.get("lines") == []:
            lines = open_lines(self._mapper.order(raw), ShipmentNotice("trial", remote_id))
            return {"order": raw, "notice": {**notice, "lines": lines}}
        return {"order": raw}

    # -- what is shown ------------------------------------------------------
    def _prepared(self, operation: Operation, context: Mapping[str, Any]) -> list[TrialCall]:
        """The request that would leave; of several steps the first, since the others see its answer."""
        first = operation.steps[0] if operation.steps else operation
        request = self._client.prepare(first, context)
        if not self._client.sign_in.is_asked_for:
            request = self._client.sign_in.sign(request)
        return [self._masked(request)]

    def _masked(self, request: Prepared) -> TrialCall:
        return TrialCall(
            request.method,
            self._hidden(mask_url(request.url)),
            {name: self._hidden(value) for name, value in mask_headers(request.headers).items()},
            self._hidden(mask_body((request.body or b"").decode())),
        )

    def _hidden(self, text: str) -> str:
        for secret in self._client.secrets():
            text = text.replace(secret, MASK)
        return text

    def _keep(self, exchange: Exchange) -> None:
        self._calls.append(
            TrialCall(
                exchange.method,
                exchange.url,
                dict(exchange.request_headers),
                exchange.request_body,
                exchange.status,
                dict(exchange.response_headers),
                exchange.response_body,
                exchange.error,
            )
        )
        if self._observer is not None:
            self._observer(exchange)

    def _mapped(
        self, operation: Operation, reply: Reply
    ) -> tuple[int | None, tuple[tuple[tuple[str, str], ...], ...]]:
        kind = _RECORDS.get(operation.name)
        if kind is None:
            return None, ()
        single = operation.name in ("get_order", "shop")
        if single:
            record = record_of(self._client, operation, reply)
            rows = [record] if record is not None else []
        else:
            rows = rows_of(self._client, operation, reply)
        return len(rows), tuple(self._fields(kind, row) for row in rows[:SHOWN_RECORDS])

    def _fields(self, kind: str, row: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        """Our fields of one record, in words."""
        client = self._client
        if kind == "order":
            return tuple(_words("", self._mapper.order(row)))
        if kind == "product":
            return tuple(_words("", product_of(row, client.settings, client.scope)))
        if kind == "category":
            return tuple(_words("", category_of(row, client.settings, client.scope)))
        if kind == "return":
            found = self._mapper.returned(row, order_remote_id="", currency=client.connection.currency)
            return tuple(_words("", found))
        names = client.settings.maps.get(kind, {})
        record = Record(kind, row, names, client.scope)
        return tuple((name, record.text(name)) for name, path in names.items() if isinstance(path, str))


def _words(name: str, value: Any) -> list[tuple[str, str]]:
    """A value with its parts, one row each; what is empty is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, RemoteOrder):
            value = replace(value, raw={})
        parts = [(part.name, getattr(value, part.name)) for part in fields(value) if part.name != "raw"]
        return [row for part, inner in parts for row in _words(f"{name}.{part}".lstrip("."), inner)]
    if isinstance(value, tuple | list):
        return [row for number, inner in enumerate(value, 1) for row in _words(f"{name}[{number}]", inner)]
    if value in (None, "", {}) or value is False:
        return []
    if isinstance(value, Decimal):
        return [(name, f"{value:f}")]
    return [(name, as_text(value))]
