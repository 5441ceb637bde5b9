"""/webhooks: registration. Saving an active webhook pings it until a ping has been answered with exactly 200."""

import re
from collections.abc import Callable

from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import ITEM_ALLOW, Call, Result, dated, links, ordered, paged, post_keys
from sandbox.woocommerce.rows import Json, Webhook
from sandbox.woocommerce.validate import DATED, Field, S, Schema, enum

HOOKS = {
    "coupon.created": ["woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"],
    "coupon.updated": ["woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"],
    "coupon.deleted": ["wp_trash_post"],
    "coupon.restored": ["untrashed_post"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
    "customer.deleted": ["delete_user"],
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post"],
    "order.restored": ["untrashed_post"],
    "product.created": ["woocommerce_new_product", "woocommerce_new_product_variation"],
    "product.updated": ["woocommerce_update_product", "woocommerce_update_product_variation"],
    "product.deleted": ["wp_trash_post"],
    "product.restored": ["untrashed_post"],
}
_ACTION = re.compile(r"action\.(woocommerce_|wc_)[a-z0-9_]+")
WEBHOOK_BODY: Schema = {
    "name": S,
    "status": enum("active", "paused", "disabled"),
    "topic": S,
    "secret": S,
    "delivery_url": S,
}
WEBHOOK_CREATE: Schema = {
    **WEBHOOK_BODY,
    "topic": Field("string", required=True),
    "delivery_url": Field("string", required=True),
}
WEBHOOK_LIST: Schema = {
    **DATED,
    "orderby": enum("date", "id", "title"),
    "status": enum("all", "active", "paused", "disabled"),
}
INVALID = "woocommerce_rest_shop_webhook_invalid_id"


def webhook_json(call: Call, webhook: Webhook) -> Json:
    clock = call.store.clock
    resource, _, event = webhook.topic.partition(".")
    hooks = [event] if resource == "action" else HOOKS.get(webhook.topic, [])
    return {
        "id": webhook.id,
        "name": webhook.name,
        "status": webhook.status,
        "topic": webhook.topic,
        "resource": resource,
        "event": event,
        "hooks": hooks,
        "delivery_url": webhook.delivery_url,
        "date_created": clock.local(webhook.created),
        "date_created_gmt": clock.gmt(webhook.created),
        "date_modified": clock.local(webhook.modified),
        "date_modified_gmt": clock.gmt(webhook.modified),
        "_links": links(call, "/webhooks", webhook.id, ITEM_ALLOW),
    }


class WebhookDesk:
    """The routes; `ping` is called for each saved webhook that still has to be pinged."""

    def __init__(self, ping: Callable[[int], None]) -> None:
        self.ping = ping

    def list(self, call: Call) -> Result:
        rows = dated(call, call.store.webhooks.values(), knows_modified=False)
        status = call.text("status", "all")
        if status != "all":
            rows = [w for w in rows if w.status == status]
        if call.text("search"):
            rows = [w for w in rows if call.text("search").lower() in w.name.lower()]
        return paged(call, ordered(call, rows, post_keys()), lambda w: webhook_json(call, w))

    def _find(self, call: Call, status: int) -> Webhook:
        webhook = call.store.webhooks.get(call.id())
        if webhook is None:
            raise RestError(INVALID, "Invalid ID.", status)
        return webhook

    def get(self, call: Call) -> Result:
        return Result(webhook_json(call, self._find(call, 404)))

    def create(self, call: Call) -> Result:
        store = call.store
        topic, url = call.text("topic"), call.text("delivery_url")
        self._check(call)
        webhook = Webhook(
            store.next_id("webhook"),
            call.text("name") or f"Webhook created on {store.clock.local(store.clock.now())}",
            topic,
            url,
            call.text("secret") or store.token(50),
            call.text("status") or "active",
            store.clock.now(),
            user_id=call.key.user_id if call.key else 1,
        )
        store.webhooks[webhook.id] = webhook
        self._saved(webhook)
        location = f"{call.rest_url}/wc/v3/webhooks/{webhook.id}"
        return Result(webhook_json(call, webhook), 201, [("Location", location)])

    def _check(self, call: Call) -> None:
        if "topic" in call.params:
            topic = call.text("topic").lower()
            if topic not in HOOKS and not _ACTION.fullmatch(topic):
                raise RestError(
                    "woocommerce_rest_shop_webhook_invalid_topic",
                    "Webhook topic is required and must be valid.",
                    400,
                )
        if "delivery_url" in call.params and not re.match(r"https?://[^/\s]+", call.text("delivery_url")):
            raise RestError(
                "woocommerce_rest_shop_webhook_invalid_delivery_url",
                "Webhook delivery URL must be a valid URL starting with http:// or https://.",
                400,
            )
        if call.text("status") and call.text("status") not in ("active", "paused", "disabled"):
            raise RestError(
                "woocommerce_rest_shop_webhook_invalid_status", "Webhook status must be valid.", 400
            )

    def update(self, call: Call) -> Result:
        webhook = self._find(call, 400)
        self._check(call)
        params = call.params
        if params.get("delivery_url") and params["delivery_url"] != webhook.delivery_url:
            webhook.pending_delivery = True
        if params.get("status") == "active" and webhook.status != "active":
            webhook.pending_delivery = True
        for name in ("name", "status", "topic", "delivery_url", "secret"):
            if params.get(name) is not None:
                setattr(webhook, name, str(params[name]))
        webhook.modified = call.store.clock.now()
        self._saved(webhook)
        return Result(webhook_json(call, webhook))

    def _saved(self, webhook: Webhook) -> None:
        if webhook.status == "active" and webhook.pending_delivery:
            self.ping(webhook.id)

    def delete(self, call: Call) -> Result:
        webhook = self._find(call, 404)
        if not call.flag("force"):
            raise RestError("woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.", 501)
        del call.store.webhooks[webhook.id]
        return Result(webhook_json(call, webhook))
