"""The subscriptions that send us deliveries: made, watched, and made again once Shopify has removed them.

After eight failures in a row Shopify deletes a subscription without a word to the shop. So the topics that were asked for
are remembered with the site, and one that is missing is shown as switched off.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ecomsync.common.errors import ConfigurationError, NotFound, PermanentError
from platforms.base import result_from_error
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.ids import number_of
from platforms.shopify.webhooks import REGISTRABLE_TOPICS
from platforms.types import Outcome, PushResult, WebhookHealth

LANE = "orders"

SUBSCRIPTIONS = document(
    """query WebhookSubscriptions($first: Int!, $after: String) {
  webhookSubscriptions(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id topic uri format apiVersion { handle } }
  }
}""",
    cost=20,
)
SUBSCRIBE = document(
    """mutation SubscribeWebhook($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
}""",
    cost=10,
)
UNSUBSCRIBE = document(
    """mutation UnsubscribeWebhook($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
}""",
    cost=10,
)


class WebhookRegistrar:
    def __init__(self, client: ShopifyClient) -> None:
        self._client = client
        self._url = client.connection.webhook_url
        self._asked_for: list[str] = [str(t) for t in client.connection.learned.get("webhook_topics") or ()]

    @property
    def learned(self) -> dict[str, Any]:
        return {"webhook_topics": self._asked_for} if self._asked_for else {}

    def register(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        """One subscription per topic, and no other to our address. anew: all are made again."""
        self._need_address()
        ours: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows():
            ours.setdefault(_topic_name(row.get("topic")), []).append(row)
        wanted = list(dict.fromkeys(topics))
        results = [self._ensure(topic, [] if anew else ours.get(topic, [])) for topic in wanted]
        made = {result.key for result in results if result.is_ok}
        for topic, rows in ours.items():
            kept = rows[:1] if topic in wanted and not (anew and topic in made) else []
            for row in rows[len(kept) :]:
                self._delete(str(row["id"]))
        self._asked_for = sorted(made)
        return results

    def health(self) -> list[WebhookHealth]:
        """Our subscriptions as the shop has them, and those that it has removed."""
        rows = self._rows()
        version = self._client.version
        found = [
            WebhookHealth(
                number_of(row.get("id")),
                _topic_name(row.get("topic")),
                str(row.get("uri") or ""),
                True,
                _version_note((row.get("apiVersion") or {}).get("handle"), version),
            )
            for row in rows
        ]
        there = {hook.topic for hook in found}
        found += [
            WebhookHealth("", topic, self._url, False, "removed by Shopify")
            for topic in self._asked_for
            if topic not in there
        ]
        return found

    def payload_versions(self) -> set[str]:
        """The versions in which our deliveries are written."""
        found = {str((row.get("apiVersion") or {}).get("handle") or "") for row in self._rows()}
        return found - {""}

    def _ensure(self, topic: str, rows: Sequence[dict[str, Any]]) -> PushResult:
        if topic not in REGISTRABLE_TOPICS:
            return PushResult(
                topic,
                Outcome.REJECTED,
                "unknown_topic",
                f"Shopify has no webhook topic '{topic}' that we can use.",
                f"Choose among: {', '.join(REGISTRABLE_TOPICS)}.",
            )
        if rows:
            return PushResult(topic, Outcome.UNCHANGED, remote_id=number_of(rows[0].get("id")))
        variables = {
            "topic": topic.replace("/", "_").upper(),
            "subscription": {"uri": self._url, "format": "JSON"},
        }
        try:
            payload = self._client.change(SUBSCRIBE, variables, lane=LANE, what=f"the webhook {topic}")
        except PermanentError as error:
            return result_from_error(topic, error)
        made = (payload.get("webhookSubscription") or {}).get("id")
        code = "enabled_again" if topic in self._asked_for else ""
        return PushResult(topic, Outcome.OK, code, remote_id=number_of(made))

    def _delete(self, address: str) -> None:
        with suppress(NotFound):  # somebody else was quicker
            self._client.change(UNSUBSCRIBE, {"id": address}, lane=LANE, what="the end of a webhook")

    def _rows(self) -> list[dict[str, Any]]:
        rows = self._client.pages(
            SUBSCRIPTIONS, {}, lambda data: data.get("webhookSubscriptions"), lane=LANE, size=100
        )
        return [row for row in rows if not self._url or row.get("uri") == self._url]

    def _need_address(self) -> None:
        connection = self._client.connection
        if not self._url:
            raise ConfigurationError(
                "This installation has no public address for webhooks.",
                code="no_webhook_url",
                cure="Set the public URL of this installation, then run 'Register Webhooks' again.",
                platform="shopify",
            )
        if not self._url.startswith("https://"):
            raise ConfigurationError(
                f"Shopify delivers to https addresses only, and this installation is at {self._url}.",
                code="https_required",
                cure="Set BASE_URL of this installation to its public https address, then run 'Register Webhooks' again.",
                platform="shopify",
            )
        if not (connection.credentials.get("password") or connection.webhook_secret):
            raise ConfigurationError(
                "The site has no client secret of the app, so no delivery can be proved.",
                code="no_webhook_secret",
                cure="Enter the app's client secret on the site.",
                platform="shopify",
            )


def _topic_name(enum: object) -> str:
    """`orders/create` of ORDERS_CREATE: the slash stands where the resource's name ends."""
    text = str(enum or "")
    return _BY_ENUM.get(text, text.lower())


def _version_note(handle: object, version: str) -> str:
    return f"payloads in version {handle}" if handle and handle != version else ""


_BY_ENUM = {topic.replace("/", "_").upper(): topic for topic in REGISTRABLE_TOPICS}
