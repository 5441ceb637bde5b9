"""What an event may do. Each action asks the shop first and answers with what is to be written then.

`prepare(call) -> apply`: prepare runs outside any transaction and may call the shop; `apply()` runs in a transaction
together with the note that it was done, only writes, and returns a sentence about what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from catalog.services.requests import request_quantities
from ecomsync.common.errors import ConfigurationError, InvalidPayload, PermanentError
from linking.selectors import linked_lines
from orders.services.cancel_order import cancel_order
from orders.services.failures import fail_order
from orders.services.import_order import import_order
from orders.services.known_version import is_known_version
from orders.services.order_returns import apply_news, fetch_news
from orders.services.returns import import_returns
from orders.states import ImportOutcome, OrderSource
from platforms.types import EventKind, OrderReadFailure, RemoteOrder
from sites.choices import EventAction
from webhooks.services import privacy
from webhooks.services.calls import Call
from webhooks.services.customers import update_customer
from webhooks.services.followers import COVERED
from webhooks.services.outgoing import call_url, send_email
from webhooks.services.product_links import ECHO, lines_of_product, refresh_product

Apply = Callable[[], str]
Action = Callable[[Call], Apply]


def import_the_order(call: Call) -> Apply:
    """Read the order as it is now and import it; several events of one order in a batch do it once."""
    if call.is_covered(EventAction.IMPORT_ORDER):
        return lambda: COVERED
    if _is_known(call):
        return lambda: f"Order {call.event.remote_id}: known as this event shows it; nothing was read."
    order = call.batch.order(call.site, call.event.remote_id)
    if order is None:
        order = _as_told(call)
    if order is None:
        return lambda: f"The shop does not know order {call.event.remote_id} any more; nothing was changed."
    if isinstance(order, OrderReadFailure):
        return lambda: _keep_unreadable(call, order)

    context = call.batch.context(call.site)
    adapter = call.batch.adapter(call.site)
    news = fetch_news(site=call.site, adapter=adapter, remote=order, context=context)

    def apply() -> str:
        result = import_order(site=call.site, remote=order, source=OrderSource.WEBHOOK, context=context)
        outcomes = apply_news(site=call.site, news=news, context=context)
        call.cover(EventAction.IMPORT_ORDER)
        detail = f" ({result.message})" if result.message else ""
        told = f"Order {order.number}: {result.outcome.value}{detail}."
        returns = ", ".join(f"{key} {outcome.value}" for key, outcome in outcomes.items())
        return f"{told} Returns of order {order.number}: {returns}." if returns else told

    return apply


def _as_told(call: Call) -> RemoteOrder | None:
    """The order of the event itself, where the platform hands whole orders over before it lists them."""
    if call.event.kind != EventKind.ORDER_CREATED or not call.site.capabilities.orders_in_events:
        return None
    try:
        order = call.batch.adapter(call.site).parse_order(call.payload)
    except PermanentError:
        return None
    return order if order.remote_id == call.event.remote_id else None


def _is_known(call: Call) -> bool:
    """Whether the event, which is signed, shows the very version that we hold: mostly the echo of our own write."""
    try:
        remote = call.batch.adapter(call.site).parse_order(call.payload)
    except PermanentError:
        return False
    return remote.remote_id == call.event.remote_id and is_known_version(site=call.site, remote=remote)


def _keep_unreadable(call: Call, failure: OrderReadFailure) -> str:
    """The order stands in the list as failed, with its payload and the reason."""
    error = InvalidPayload(failure.message, code=failure.code, cure=failure.cure, site=call.site.code)
    fail_order(
        site=call.site,
        remote_id=failure.remote_id or call.event.remote_id,
        error=error,
        raw=failure.raw,
        sold=failure.sold,
    )
    return f"Order {failure.remote_id} cannot be read: {failure.message}"


def cancel_the_order(call: Call) -> Apply:
    """The order is gone or cancelled in the shop: its documents follow the site's rule for that."""
    return lambda: _cancelled(call)


def _cancelled(call: Call) -> str:
    """Cancel, and say what became of the documents."""
    result = cancel_order(
        site=call.site,
        remote_id=call.event.remote_id,
        reason=f"{call.event.topic} of the shop",
        moment=call.event.occurred_at,
    )
    if result.order is None or result.outcome is ImportOutcome.SKIPPED:
        return f"Order {call.event.remote_id} is not known here; nothing to cancel."
    if result.outcome is ImportOutcome.UNCHANGED:
        return f"Order {result.order.number or call.event.remote_id} is cancelled already."
    return f"Order {result.order.number or call.event.remote_id}: {result.message or result.outcome}"


def import_the_returns(call: Call) -> Apply:
    """Read all returns of the order that the event is about."""
    order_id = call.order_id
    found = call.batch.adapter(call.site).get_returns(order_id)

    def apply() -> str:
        outcomes = import_returns(site=call.site, remotes=found, order_remote_id=order_id)
        told = ", ".join(f"{remote_id} {outcome.value}" for remote_id, outcome in outcomes.items())
        return f"Returns of order {order_id}: {told or 'none'}."

    return apply


def refresh_the_stock(call: Call) -> Apply:
    """Send the stock of the items again, whatever the shop was told last."""
    if call.event.resource == "order":
        order = call.batch.order(call.site, call.event.remote_id)
        remote_ids = (
            set()
            if order is None or isinstance(order, OrderReadFailure)
            else {line.variant_id or line.product_id for line in order.lines}
        )
    elif call.batch.adapter(call.site).is_echo(call.event.topic):
        return lambda: ECHO
    else:
        remote_ids = {call.event.remote_id}

    def apply() -> str:
        lines = linked_lines(site=call.site).filter(lines_of_product(*remote_ids))
        items = set(lines.values_list("item_id", flat=True))
        number = request_quantities(item_ids=items, sites=[call.site], forced=True)
        return f"Quantity requests: {number}."

    return apply


def run_graphql(call: Call) -> Apply:
    """Run a GraphQL operation of the site, where the platform has GraphQL."""
    run = getattr(call.batch.adapter(call.site), "run_graphql", None)
    if not call.site.capabilities.graphql or run is None:
        raise ConfigurationError(
            f"{call.site.adapter_class.label_en} has no GraphQL.",
            code="graphql_not_supported",
            site=call.site.code,
            cure="Remove this event action line, or let it call a URL instead.",
        )
    name = str(call.parameters.get("name", ""))
    line = call.site.graphql_lines.filter(name=name, active=True).first()
    if line is None:
        raise ConfigurationError(
            f"The site has no active GraphQL line named '{name}'.",
            code="bad_event_line",
            site=call.site.code,
            cure="Correct the name in the parameters of the event action line.",
        )
    run(line.document, {**line.variables, "id": call.event.remote_id})
    return lambda: f"GraphQL operation {name} was run."


def ignore(call: Call) -> Apply:
    """Keep the event and do nothing."""
    reason = str(call.parameters.get("reason", "") or "An event action line of the site says so.")
    return lambda: reason


ACTIONS: Mapping[str, Action] = {
    EventAction.IMPORT_ORDER: import_the_order,
    EventAction.CANCEL_ORDER: cancel_the_order,
    EventAction.IMPORT_RETURN: import_the_returns,
    EventAction.REFRESH_STOCK: refresh_the_stock,
    EventAction.REFRESH_PRODUCT: refresh_product,
    EventAction.UPDATE_CUSTOMER: update_customer,
    EventAction.RUN_GRAPHQL: run_graphql,
    EventAction.SEND_EMAIL: send_email,
    EventAction.CALL_URL: call_url,
    EventAction.IGNORE: ignore,
    privacy.TELL_DATA_REQUEST: privacy.tell_data_request,
    privacy.ERASE_PERSON: privacy.erase_the_person,
    privacy.TELL_SHOP_ERASURE: privacy.tell_shop_erasure,
}
