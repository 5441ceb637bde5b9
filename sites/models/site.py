"""The Site (MAGMagentoSite): one shop of one platform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.stored_text import in_reader_language
from erp.models import BusinessMasterFile
from platforms.base import Capabilities, PlatformAdapter
from platforms.registry import adapter_class
from sites.addresses import normalise_url
from sites.choices import (
    CustomerMatch,
    ItemIdentity,
    QtyPart,
    TotalDifferencePolicy,
    UnknownItemPolicy,
    WebhookSource,
)
from sites.models.behaviour import BehaviourSettings
from sites.models.catalogue_settings import CatalogueSettings
from sites.models.connection import ConnectionSettings
from sites.models.order_settings import OrderSettings
from sites.shown import unsupported_settings

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# The permissions that the actions of a site ask for; sites/roles.py gives them to groups.
PERMISSIONS: tuple[tuple[str, str | _StrPromise], ...] = (
    ("read_sales", _("Can read orders and returns from the shop")),
    ("push_to_shop", _("Can send stock, prices, items and categories to the shop")),
    ("manage_requests", _("Can retry and delete queue requests")),
    ("manage_connection", _("Can test the connection, request tokens and register webhooks")),
    ("pause_site", _("Can pause and resume a site")),
    ("transfer_settings", _("Can export and import the settings of a site")),
)


class Site(ConnectionSettings, BehaviourSettings, OrderSettings, CatalogueSettings, BusinessMasterFile):
    """Everything staff decide about one shop. Its detail tables are in `sites.models.lines`."""

    class Meta:
        verbose_name = _("Magento Site")
        verbose_name_plural = _("Magento Sites")
        ordering = ("code",)
        permissions = PERMISSIONS
        constraints = [
            models.UniqueConstraint(
                fields=["url"],
                condition=models.Q(active=True),
                name="ecomsites_site_active_url",
                violation_error_message=_("An active site with this URL exists already."),
            )
        ]
        indexes = [models.Index(fields=["active", "paused"], name="ecomsites_site_working")]

    # -- what the platform is ------------------------------------------------
    @property
    def adapter_class(self) -> type[PlatformAdapter]:
        """Raises ConfigurationError when the platform's package is not installed."""
        return adapter_class(self.site_type)

    @property
    def capabilities(self) -> Capabilities:
        return self.adapter_class.capabilities_of(self.platform_options)

    @property
    def is_working(self) -> bool:
        """Active and not paused: queues are drained and flows run."""
        return self.active and not self.paused

    # -- platform secrets are one encrypted JSON text ------------------------
    @property
    def secrets(self) -> dict[str, str]:
        """Secrets of this platform that have no column of their own."""
        return dict(json.loads(self.platform_secrets)) if self.platform_secrets else {}

    def set_secret(self, name: str, value: str) -> None:
        """Keep a secret; empty removes it. The row is not saved."""
        found = self.secrets
        if value:
            found[name] = value
        else:
            found.pop(name, None)
        self.platform_secrets = json.dumps(found) if found else ""

    def credential(self, name: str) -> str:
        """A credential the adapter asks for: a column of ours, else a platform secret or option."""
        if name in {field.name for field in self._meta.concrete_fields}:
            return str(getattr(self, name) or "")
        return self.secrets.get(name, "") or str(self.platform_options.get(name, "") or "")

    def option(self, name: str) -> Any:
        """A platform option, or its default."""
        for field in self.adapter_class.option_fields:
            if field.name == name:
                return self.platform_options.get(name, field.default)
        return self.platform_options.get(name)

    # -- validation ----------------------------------------------------------
    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        for check in (
            self._clean_url,
            self._clean_zone,
            self._clean_lists,
            self._clean_webhooks,
            self._clean_orders,
            self._clean_catalogue,
        ):
            errors.update(check())
        try:
            if self.site_type:
                errors.update(unsupported_settings(self))
                errors.update(self._clean_options())
        except ConfigurationError as error:
            errors["site_type"] = f"{error.message} {error.cure}"
        if errors:
            raise ValidationError(errors)

    def _clean_options(self) -> dict[str, Any]:
        """What the adapter finds wrong with the options of the platform."""
        found = self.adapter_class.option_problems(self.platform_options)
        texts = [f"{name}: {in_reader_language(text)}" for name, text in found.items()]
        return {"platform_options": texts} if texts else {}

    def _clean_url(self) -> dict[str, Any]:
        errors: dict[str, Any] = {}
        for name in ("url", "gateway_url"):
            typed = getattr(self, name)
            if not typed:
                continue  # the column itself says whether it may be empty
            try:
                setattr(self, name, normalise_url(typed))
            except ValidationError as error:
                errors[name] = error
        return errors

    def _clean_zone(self) -> dict[str, Any]:
        self.currency = self.currency.strip().upper()
        if self.time_zone:
            try:
                ZoneInfo(self.time_zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                return {"time_zone": _("This time zone is not known. Write it like Asia/Riyadh.")}
        if (self.quiet_hours_from is None) != (self.quiet_hours_to is None):
            return {"quiet_hours_to": _("Enter both times or none.")}
        return {}

    def _clean_lists(self) -> dict[str, Any]:
        errors: dict[str, Any] = {}
        for name in ("languages", "scopes", "remote_statuses_to_import", "customer_match_by", "qty_formula"):
            value = getattr(self, name)
            if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
                errors[name] = _("Enter words with commas between them.")
        for name, known in (("customer_match_by", CustomerMatch.values), ("qty_formula", QtyPart.values)):
            strange = (
                [entry for entry in getattr(self, name) if entry not in known] if name not in errors else []
            )
            if strange:
                errors[name] = ValidationError(
                    _("‘%(value)s’ is not known. Choose from: %(known)s."),
                    params={"value": strange[0], "known": ", ".join(known)},
                )
        return errors

    def _clean_webhooks(self) -> dict[str, Any]:
        if self.webhook_source == WebhookSource.GATEWAY and not self.webhook_gateway_id:
            return {"webhook_gateway": _("Choose the gateway from which the events are fetched.")}
        return {}

    def _clean_orders(self) -> dict[str, Any]:
        if not self.read_orders:
            return {}
        errors: dict[str, Any] = {}
        if self.unknown_item_policy == UnknownItemPolicy.SUBSTITUTE and not self.substitute_item_id:
            errors["substitute_item"] = _("Choose the item that stands for unknown products.")
        if self.total_difference_policy == TotalDifferencePolicy.ROUNDING and not self.rounding_item_id:
            errors["rounding_item"] = _("Choose the item of the rounding line.")
        if (
            not self.create_customer_if_not_exist
            and not self.customer_match_by
            and not self.default_customer_id
        ):
            errors["default_customer"] = _("Without a default customer no order could find one.")
        return errors

    def _clean_catalogue(self) -> dict[str, Any]:
        if self.item_identity == ItemIdentity.EXPRESSION and not self.item_identity_expression.strip():
            return {"item_identity_expression": _("Enter the item field that holds the SKU.")}
        return {}
