"""System properties under the documents' names: typed, with their defaults and where the value came from.

`max-retry-attempts` is read from the environment variable MAX_RETRY_ATTEMPTS (by `ecomsync/settings.py`, the only
place that reads the environment) and is used as `conf.max_retry_attempts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class SystemProperty:
    """One documented property. `minimum` guards against values that would stop the work."""

    name: str
    default: bool | int | str
    help: str | Promise
    unit: str | Promise = ""
    minimum: int = 1

    @property
    def attribute(self) -> str:
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        return self.attribute.upper()


PROPERTIES: tuple[SystemProperty, ...] = (
    SystemProperty(
        "run-ecommerce-webhook-in-debug", False, _("Process webhook events also when DEBUG is on.")
    ),
    SystemProperty(
        "read-ecommerce-webhook-events-page-size", 300, _("Webhook events processed in one batch.")
    ),
    SystemProperty("max-orders-per-read", 100, _("Orders read from a shop in one run.")),
    SystemProperty("order-processing-batch-size", 50, _("Orders processed together.")),
    SystemProperty("order-import-timeout", 300_000, _("Longest time of one order run."), _("ms")),
    SystemProperty("inventory-sync-enabled", True, _("Send quantities at all.")),
    SystemProperty("inventory-sync-interval", 300, _("Time between two quantity runs."), _("s")),
    SystemProperty("inventory-sync-batch-size", 500, _("Quantity requests taken in one batch.")),
    SystemProperty("price-sync-enabled", True, _("Send prices at all.")),
    SystemProperty("price-sync-interval", 600, _("Time between two price runs."), _("s")),
    SystemProperty("price-sync-batch-size", 200, _("Price requests taken in one batch.")),
    SystemProperty("max-retry-attempts", 3, _("Attempts before a request is given up.")),
    SystemProperty("retry-delay-seconds", 60, _("First delay before a retry; it doubles each time."), _("s")),
    SystemProperty(
        "error-notification-email", "", _("Who is told of critical failures; empty tells nobody.")
    ),
    SystemProperty(
        "error-notification-digest", True, _("A mail a day about all that is open, to the same address.")
    ),
    SystemProperty("concurrent-sync-threads", 5, _("Sites served at the same time by one worker.")),
    SystemProperty("api-request-timeout", 30_000, _("Longest wait for one answer of a shop."), _("ms")),
    SystemProperty("connection-pool-size", 10, _("Kept connections to one shop.")),
)


class Conf:
    """Read access to the properties as typed attributes. Unknown names raise AttributeError."""

    run_ecommerce_webhook_in_debug: bool
    read_ecommerce_webhook_events_page_size: int
    max_orders_per_read: int
    order_processing_batch_size: int
    order_import_timeout: int
    inventory_sync_enabled: bool
    inventory_sync_interval: int
    inventory_sync_batch_size: int
    price_sync_enabled: bool
    price_sync_interval: int
    price_sync_batch_size: int
    max_retry_attempts: int
    retry_delay_seconds: int
    error_notification_email: str
    error_notification_digest: bool
    concurrent_sync_threads: int
    api_request_timeout: int
    connection_pool_size: int

    def __getattr__(self, attribute: str) -> Any:
        for prop in PROPERTIES:
            if prop.attribute == attribute:
                return settings.SYSTEM_PROPERTIES.get(prop.name, prop.default)
        raise AttributeError(attribute)

    def rows(self) -> Iterator[tuple[SystemProperty, Any, bool]]:
        """(property, value in force, whether it was set here) for the admin page."""
        for prop in PROPERTIES:
            value = settings.SYSTEM_PROPERTIES.get(prop.name, prop.default)
            yield prop, value, prop.name in settings.SYSTEM_PROPERTIES


conf = Conf()
