"""Section 'Connection Settings' and 'Webhook' of a site."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.fields import EncryptedTextField
from sites.choices import ApiStyle, WebhookSource, site_type_choices

CURRENCY_CODE = RegexValidator(
    r"^[A-Z]{3}$", _("Enter the three capital letters of the currency, such as SAR.")
)


def new_public_id() -> str:
    """A random id that cannot be guessed, for the webhook address."""
    return uuid.uuid4().hex


def new_webhook_secret() -> str:
    return secrets.token_urlsafe(32)


def empty_dict() -> dict[str, Any]:
    return {}


def empty_list() -> list[str]:
    return []


class ConnectionSettings(models.Model):
    """Where the shop is and how we sign in. Which of these a platform uses, its adapter declares."""

    site_type = models.CharField(
        _("site type"),
        max_length=60,
        choices=site_type_choices,
        help_text=_("Platform of the shop. It cannot be changed once orders were read."),
    )
    integrator_name = models.CharField(
        _("integrator name"),
        max_length=100,
        blank=True,
        help_text=_("Sent to the shop as a suffix of the user agent, so that its staff know who is calling."),
    )
    url = models.CharField(
        _("URL"),
        max_length=500,
        help_text=_("Address of the shop, such as https://shop.example.com. https is required."),
    )
    api_style = models.CharField(
        _("API style"), max_length=10, choices=ApiStyle.choices, default=ApiStyle.REST
    )
    use_graphql = models.BooleanField(
        _("use GraphQL"),
        default=False,
        help_text=_("Use GraphQL instead of REST where the platform offers both."),
    )
    api_version = models.CharField(
        _("API version"), max_length=30, blank=True, help_text=_("Empty: the newest version that was tested.")
    )
    username = models.CharField(_("username"), max_length=255, blank=True)
    password = EncryptedTextField(_("password"), blank=True, default="")
    gateway_client_id = models.CharField(_("gateway client ID"), max_length=255, blank=True)
    gateway_client_secret = EncryptedTextField(_("gateway client secret"), blank=True, default="")
    gateway_url = models.CharField(_("gateway URL"), max_length=500, blank=True)
    authorization_code = EncryptedTextField(_("authorization code"), blank=True, default="")
    access_token = EncryptedTextField(_("access token"), blank=True, default="")
    refresh_token = EncryptedTextField(_("refresh token"), blank=True, default="")
    token_expires_at = models.DateTimeField(_("token expires at"), null=True, blank=True)
    scopes = models.JSONField(_("scopes"), default=empty_list, blank=True)
    platform_options = models.JSONField(_("platform options"), default=empty_dict, blank=True)
    platform_secrets = EncryptedTextField(_("platform secrets"), blank=True, default="")
    shop_info = models.JSONField(_("what the shop told"), default=empty_dict, blank=True, editable=False)
    shop_info_at = models.DateTimeField(_("shop asked at"), null=True, blank=True, editable=False)
    last_check = models.JSONField(_("last connection test"), default=empty_dict, blank=True, editable=False)
    last_check_at = models.DateTimeField(_("connection tested at"), null=True, blank=True, editable=False)
    last_check_ok = models.BooleanField(_("connection test passed"), null=True, editable=False)

    webhook_public_id = models.CharField(
        _("webhook id"), max_length=64, unique=True, default=new_public_id, editable=False
    )
    webhook_secret = EncryptedTextField(_("webhook secret"), blank=True, default=new_webhook_secret)
    webhook_integration_enabled = models.BooleanField(
        _("webhook integration enabled"),
        default=False,
        help_text=_("Take events that the shop sends. Orders are polled all the same, so nothing is lost."),
    )
    webhook_source = models.CharField(
        _("webhook source"),
        max_length=10,
        choices=WebhookSource.choices,
        default=WebhookSource.DIRECT,
        help_text=_(
            "A gateway is needed where the shop cannot reach this installation, as behind a firewall."
        ),
    )
    webhook_gateway = models.ForeignKey(
        "ecomsites.WebhookGateway",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sites",
        verbose_name=_("webhook gateway"),
        help_text=_("Where events are fetched from. Run 'Register Webhooks' after a change."),
    )
    last_webhook_read_at = models.DateTimeField(
        _("last webhook read at"), null=True, blank=True, editable=False
    )

    verify_tls = models.BooleanField(
        _("verify TLS certificate"), default=True, help_text=_("Switch off only for a test shop.")
    )
    request_timeout = models.PositiveIntegerField(
        _("request timeout (s)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("Empty: the value of api-request-timeout."),
    )
    max_parallel_calls = models.PositiveSmallIntegerField(
        _("parallel calls"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("Empty: what the platform recommends."),
    )
    calls_per_second_cap = models.DecimalField(
        _("calls per second"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0.01)],
        help_text=_("Empty: what the platform recommends."),
    )
    batch_size_quantity = models.PositiveIntegerField(
        _("quantity batch size"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5000)],
    )
    batch_size_price = models.PositiveIntegerField(
        _("price batch size"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5000)],
    )
    batch_size_product = models.PositiveIntegerField(
        _("product batch size"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5000)],
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[CURRENCY_CODE],
        help_text=_("Empty: read from the shop when the connection is tested."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        blank=True,
        help_text=_("Empty: read from the shop, such as Asia/Riyadh."),
    )
    languages = models.JSONField(
        _("languages"),
        default=empty_list,
        blank=True,
        help_text=_("Codes with commas between them, such as ar, en."),
    )

    class Meta:
        abstract = True

    @property
    def webhook_path(self) -> str:
        return f"/webhooks/{self.site_type}/{self.webhook_public_id}/"

    @property
    def webhook_url(self) -> str:
        """The address to enter in the shop."""
        gateway = self.webhook_gateway if self.webhook_source == WebhookSource.GATEWAY else None
        return f"{gateway.url if gateway else settings.BASE_URL}{self.webhook_path}"
