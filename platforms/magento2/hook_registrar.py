"""Registering and watching webhooks, where the shop has an interface for it: Adobe Commerce only.

Hooks of Adobe Commerce run inside the shopper's request, so they are never `required` and have short limits. Modules of
third parties have no interface: staff paste address, header and template by hand, and the shop tells nobody how they
are. Source: fact sheet §13.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ConfigurationError, NotFound, PermanentError
from platforms.base import result_from_error
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.errors import NO_ROUTE
from platforms.magento2.webhooks import (
    EVENT_TOPICS,
    TOKEN_HEADER,
    TOPIC_HEADER,
    TOPICS,
)
from platforms.types import Outcome, PushResult, WebhookHealth

LANE = "orders"
BATCH = "ecomsync"
#: topic -> the observer that fires it and what its data calls the record.
METHODS: Mapping[str, tuple[str, str]] = {
    "order": ("observer.sales_order_save_after", "order"),
    "new_invoice": ("observer.sales_order_invoice_save_after", "invoice"),
    "new_shipment": ("observer.sales_order_shipment_save_after", "shipment"),
    "new_creditmemo": ("observer.sales_order_creditmemo_save_after", "creditmemo"),
    "update_product": ("observer.catalog_product_save_after", "product"),
    "delete_product": ("observer.catalog_product_delete_after", "product"),
    "update_customer": ("observer.customer_save_after_data_object", "customer"),
    "update_category": ("observer.catalog_category_save_after", "category"),
}
_EVENTS = {topic: name for name, topic in EVENT_TOPICS.items()}
#: Milliseconds that a shopper waits for us at most.
TIMEOUT, SOFT_TIMEOUT = 2000, 1000
_DOCUMENTS = ("new_invoice", "new_shipment", "new_creditmemo")


@dataclass(frozen=True, slots=True)
class _Hook:
    topic: str
    method: str
    kind: str
    batch: str
    name: str
    url: str


class HookRegistrar:
    def __init__(self, client: MageClient) -> None:
        self._client = client
        self._variant = client.options.webhook_variant
        self._url = client.connection.webhook_url
        self._secret = client.connection.webhook_secret

    def register(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        """One hook per topic to our address, with our present secret; hooks of other topics to it are taken away."""
        wanted = list(dict.fromkeys(topics))
        if self._variant == "module":
            return [_by_hand(topic) for topic in wanted]
        self._need_address()
        if self._variant == "events":
            return self._subscribe_events(wanted)
        ours: dict[str, list[_Hook]] = {}
        for hook in self._hooks():
            if hook.url == self._url:
                ours.setdefault(hook.topic, []).append(hook)
        results = [self._ensure(topic, ours.get(topic, []), anew) for topic in wanted]
        for topic, hooks in ours.items():
            if topic not in wanted:
                for hook in hooks:
                    self._unsubscribe(hook)
        return results

    def health(self) -> list[WebhookHealth]:
        """Our hooks as the shop lists them. Of a module nothing can be known, and that is said."""
        if self._variant == "module":
            return [
                WebhookHealth(topic, topic, self._url, True, "set up by hand; not watched")
                for topic in TOPICS
            ]
        if self._variant == "events":
            return [
                WebhookHealth(name, EVENT_TOPICS[name], self._url, active, "")
                for name, active in self._subscriptions().items()
                if name in EVENT_TOPICS
            ]
        return [
            WebhookHealth(hook.name, hook.topic, hook.url, True, hook.method)
            for hook in self._hooks()
            if not self._url or hook.url == self._url
        ]

    # -- hooks of Adobe Commerce ------------------------------------------------
    def _ensure(self, topic: str, hooks: Sequence[_Hook], anew: bool) -> PushResult:
        if topic not in METHODS:
            return _unknown_topic(topic, METHODS)
        name = self._name(topic)
        try:
            right = [hook for hook in hooks if hook.name == name]
            for hook in hooks:
                if anew or hook.name != name:
                    self._unsubscribe(hook)
            if right and not anew:
                return PushResult(topic, Outcome.UNCHANGED, remote_id=name)
            self._client.post("webhooks/subscribe", {"webhook": self._hook(topic)}, lane=LANE, scope=ALL)
        except PermanentError as error:
            return result_from_error(topic, error)
        return PushResult(topic, Outcome.OK, remote_id=name)

    def _name(self, topic: str) -> str:
        """The shop never tells the secret, so its fingerprint is part of the name."""
        return f"{topic}_{hashlib.sha256(self._secret.encode()).hexdigest()[:8]}"

    def _hook(self, topic: str) -> dict[str, Any]:
        method, record = METHODS[topic]
        fields = [
            {"name": "id", "source": f"data.{record}.entity_id"},
            {"name": "updated_at", "source": f"data.{record}.updated_at"},
        ]
        if topic == "order":
            fields.append({"name": "increment_id", "source": "data.order.increment_id"})
        if topic in _DOCUMENTS:
            fields.append({"name": "order_id", "source": f"data.{record}.order_id"})
        return {
            "webhook_method": method,
            "webhook_type": "after",
            "batch_name": BATCH,
            "batch_order": 100,
            "hook_name": self._name(topic),
            "url": self._url,
            "priority": 100,
            "required": False,
            "timeout": TIMEOUT,
            "soft_timeout": SOFT_TIMEOUT,
            "ttl": 0,
            "fallback_error_message": "",
            "fields": fields,
            "rules": [],
            "headers": [
                {"name": _shown_header(TOKEN_HEADER), "value": self._secret},
                {"name": _shown_header(TOPIC_HEADER), "value": topic},
            ],
        }

    def _unsubscribe(self, hook: _Hook) -> None:
        body = {
            "webhook": {
                "webhook_method": hook.method,
                "webhook_type": hook.kind,
                "batch_name": hook.batch,
                "hook_name": hook.name,
            }
        }
        try:
            self._client.post("webhooks/unsubscribe", body, lane=LANE, scope=ALL)
        except NotFound:
            return  # somebody else was quicker

    def _hooks(self) -> list[_Hook]:
        try:
            answer = self._client.get("webhooks/list", lane=LANE, scope=ALL)
        except ConfigurationError as error:
            raise _explained(error) from error
        topics = {method: topic for topic, (method, _record) in METHODS.items()}
        return [
            _Hook(
                topics.get(str(row.get("webhook_method", "")), str(row.get("webhook_method", ""))),
                str(row.get("webhook_method", "")),
                str(row.get("webhook_type", "")),
                str(row.get("batch_name", "")),
                str(row.get("hook_name", "")),
                str(row.get("url", "")),
            )
            for row in (answer if isinstance(answer, list) else ())
            if isinstance(row, dict)
        ]

    # -- I/O events -------------------------------------------------------------
    def _subscribe_events(self, topics: Sequence[str]) -> list[PushResult]:
        """The address itself is registered in Adobe's Developer Console; the shop is told which events to send."""
        present = self._subscriptions()
        results = []
        for topic in topics:
            name = _EVENTS.get(topic, "")
            if not name:
                results.append(_unknown_topic(topic, _EVENTS))
                continue
            if present.get(name):
                results.append(PushResult(topic, Outcome.UNCHANGED, remote_id=name))
                continue
            fields = ["entity_id", "updated_at", *(["order_id"] if topic in _DOCUMENTS else [])]
            event = {"name": name, "fields": [{"name": field} for field in fields], "priority": True}
            try:
                self._client.post("eventing/eventSubscribe", {"event": event}, lane=LANE)
            except PermanentError as error:
                results.append(result_from_error(topic, error))
                continue
            results.append(PushResult(topic, Outcome.OK, remote_id=name))
        return results

    def _subscriptions(self) -> dict[str, bool]:
        """Event name -> whether it is sent."""
        try:
            answer = self._client.get("eventing/getEventSubscriptions", lane=LANE)
        except ConfigurationError as error:
            raise _explained(error) from error
        rows = answer if isinstance(answer, list) else ()
        return {
            str(row.get("name", "")): str(row.get("status", 1)) not in ("0", "False")
            for row in rows
            if isinstance(row, dict)
        }

    def _need_address(self) -> None:
        if not self._url:
            raise ConfigurationError(
                "This installation has no public address for webhooks.",
                code="no_webhook_url",
                cure="Set the public URL of this installation, then run 'Register Webhooks' again.",
                platform="magento2",
            )
        if not self._secret:
            raise ConfigurationError(
                "The site has no webhook secret.",
                code="no_webhook_secret",
                cure="Save a webhook secret on the site, then run 'Register Webhooks' again.",
                platform="magento2",
            )


def _shown_header(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _by_hand(topic: str) -> PushResult:
    return PushResult(
        topic,
        Outcome.REJECTED,
        "set_up_by_hand",
        "Magento Open Source has no interface to register webhooks.",
        "In the webhook module of the shop, add a hook for this topic: method POST, the webhook address of this site, the "
        "header X-Ecomsync-Token with the site's webhook secret, content type application/json and the body "
        f'{{"topic":"{topic}","id":{{{{item.entity_id}}}},"updated_at":"{{{{item.updated_at}}}}"}}. Without it orders '
        "are polled.",
    )


def _unknown_topic(topic: str, known: Mapping[str, Any]) -> PushResult:
    return PushResult(
        topic,
        Outcome.REJECTED,
        "unknown_topic",
        f"Adobe Commerce is not asked for the topic '{topic}'.",
        f"Choose among: {', '.join(sorted(known))}.",
    )


def _explained(error: ConfigurationError) -> ConfigurationError:
    """Of a shop without the module; any other error stays as it is."""
    if error.code != NO_ROUTE:
        return error
    return ConfigurationError(
        "The shop has no interface for webhooks.",
        code="no_webhook_module",
        cure="Install the webhook (or eventing) module of Adobe Commerce, or set 'Webhooks come from' to module.",
        platform="magento2",
        status=error.status,
    )
