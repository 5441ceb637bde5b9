from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import ecomsync.common.fields
import sites.choices
import sites.models.catalogue_settings
import sites.models.connection
import sites.models.order_settings
from ecomsync.common.first_migration import FirstMigration


class Migration(FirstMigration):
    # A new database makes its tables in one go; one that is older goes on step by step.
    replaces = [
        ("ecomsites", "0001_initial"),
        ("ecomsites", "0002_budget_learns"),
        ("ecomsites", "0003_orders_in_other_statuses"),
        ("ecomsites", "0004_tax_source_help"),
        ("ecomsites", "0005_webhook_gateway"),
        ("ecomsites", "0006_order_change_policies"),
        ("ecomsites", "0007_status_line_help"),
        ("ecomsites", "0008_returns_and_refunds"),
        ("ecomsites", "0009_reading_windows"),
        ("ecomsites", "0010_silence_alarm"),
        ("ecomsites", "0011_reconcile_alarm"),
    ]
    initial = True

    dependencies = [
        ("erp", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Site",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, db_index=True, verbose_name="updated at")),
                (
                    "code",
                    models.CharField(
                        help_text="Unique; stored in capital letters.",
                        max_length=64,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[\\w][\\w .\\-/]*$",
                                "Use letters, digits, space, dot, dash, slash and underscore, beginning with a letter or digit.",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name1", models.CharField(blank=True, max_length=255, verbose_name="name 1 (Arabic)")),
                ("name2", models.CharField(blank=True, max_length=255, verbose_name="name 2 (English)")),
                ("description1", models.CharField(blank=True, max_length=500, verbose_name="description 1")),
                ("description2", models.CharField(blank=True, max_length=500, verbose_name="description 2")),
                ("description3", models.CharField(blank=True, max_length=500, verbose_name="description 3")),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "send_items_to_magento",
                    models.BooleanField(
                        default=False,
                        help_text="Create and update products from ERP items.",
                        verbose_name="send items to the shop",
                    ),
                ),
                (
                    "link_items",
                    models.BooleanField(
                        default=True,
                        help_text="Match products of the shop with ERP items by their identity.",
                        verbose_name="link items",
                    ),
                ),
                ("update_quantities", models.BooleanField(default=False, verbose_name="update quantities")),
                ("update_prices", models.BooleanField(default=False, verbose_name="update prices")),
                ("update_categories", models.BooleanField(default=False, verbose_name="update categories")),
                (
                    "update_order_status",
                    models.BooleanField(
                        default=False,
                        help_text="Tell the shop what became of its orders.",
                        verbose_name="update order status",
                    ),
                ),
                ("send_invoices", models.BooleanField(default=False, verbose_name="send invoices")),
                ("read_orders", models.BooleanField(default=True, verbose_name="read orders")),
                ("read_returns", models.BooleanField(default=False, verbose_name="read returns")),
                ("read_customers", models.BooleanField(default=False, verbose_name="read customers")),
                (
                    "dry_run",
                    models.BooleanField(
                        default=False,
                        help_text="Compute and show, but write nothing to the shop.",
                        verbose_name="dry run",
                    ),
                ),
                ("paused", models.BooleanField(default=False, editable=False, verbose_name="paused")),
                (
                    "pause_reason",
                    models.CharField(
                        blank=True, editable=False, max_length=500, verbose_name="reason of the pause"
                    ),
                ),
                (
                    "pause_code",
                    models.CharField(
                        blank=True, editable=False, max_length=60, verbose_name="code of the pause"
                    ),
                ),
                (
                    "paused_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="paused at"),
                ),
                (
                    "orders_interval",
                    models.PositiveIntegerField(
                        default=5, help_text="Minutes; 0 = never by itself.", verbose_name="read orders every"
                    ),
                ),
                (
                    "returns_interval",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Minutes; 0 = never by itself.",
                        verbose_name="read returns every",
                    ),
                ),
                (
                    "quantity_delta_interval",
                    models.PositiveIntegerField(
                        default=5,
                        help_text="Minutes; 0 = never by itself.",
                        verbose_name="send changed quantities every",
                    ),
                ),
                (
                    "quantity_full_interval",
                    models.PositiveIntegerField(
                        default=1440,
                        help_text="Minutes; 0 = never by itself.",
                        verbose_name="send all quantities every",
                    ),
                ),
                (
                    "price_delta_interval",
                    models.PositiveIntegerField(
                        default=10,
                        help_text="Minutes; 0 = never by itself.",
                        verbose_name="send changed prices every",
                    ),
                ),
                (
                    "price_full_interval",
                    models.PositiveIntegerField(
                        default=1440,
                        help_text="Minutes; 0 = never by itself.",
                        verbose_name="send all prices every",
                    ),
                ),
                (
                    "items_interval",
                    models.PositiveIntegerField(
                        default=0, help_text="Minutes; 0 = never by itself.", verbose_name="send items every"
                    ),
                ),
                (
                    "reconcile_interval",
                    models.PositiveIntegerField(
                        default=0, help_text="Minutes; 0 = never by itself.", verbose_name="reconcile every"
                    ),
                ),
                (
                    "reconcile_alarm_unit",
                    models.CharField(
                        choices=[("count", "differences"), ("percent", "percent")],
                        default="count",
                        help_text="Open differences of one comparison, or their share of all records compared.",
                        max_length=7,
                        verbose_name="alarm of comparisons counts",
                    ),
                ),
                (
                    "reconcile_alarm_above",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("20.00"),
                        help_text="When a comparison finds more than this, one alert is raised; it closes by itself when a later one finds no more than this. 0 = every difference is an alert.",
                        max_digits=8,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="alarm of comparisons above",
                    ),
                ),
                (
                    "webhook_health_interval",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Minutes; 0 = never by itself.",
                        verbose_name="check webhooks every",
                    ),
                ),
                (
                    "silence_alarm",
                    models.BooleanField(
                        default=True,
                        help_text="Raise an alert when events or orders stay away for longer than the shop's own rhythm of the last weeks lets expect. It needs a week to learn.",
                        verbose_name="silence alarm",
                    ),
                ),
                (
                    "quiet_hours_from",
                    models.TimeField(
                        blank=True,
                        help_text="Full runs start only between these two times, in the time zone of the shop.",
                        null=True,
                        verbose_name="full runs only after",
                    ),
                ),
                (
                    "quiet_hours_to",
                    models.TimeField(blank=True, null=True, verbose_name="full runs only before"),
                ),
                (
                    "update_all_item_qtys",
                    models.BooleanField(
                        default=False,
                        help_text="Full quantity runs by the interval above.",
                        verbose_name="update all item qtys",
                    ),
                ),
                (
                    "qty_formula",
                    models.JSONField(
                        blank=True,
                        default=sites.models.catalogue_settings.all_qty_parts,
                        help_text="What is taken off the stock on hand.",
                        verbose_name="quantity formula",
                    ),
                ),
                (
                    "channel_buffer_qty",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        help_text="Always kept back from this shop.",
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="channel buffer (pieces)",
                    ),
                ),
                (
                    "channel_buffer_percent",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        max_digits=9,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                        verbose_name="channel buffer (%)",
                    ),
                ),
                (
                    "max_published_qty",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="The shop never sees more than this.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="largest published quantity",
                    ),
                ),
                (
                    "qty_rounding",
                    models.CharField(
                        choices=[
                            ("down", "down to whole pieces"),
                            ("nearest", "to the nearest whole piece"),
                            ("exact", "exact, where the shop takes fractions"),
                        ],
                        default="down",
                        max_length=10,
                        verbose_name="quantity rounding",
                    ),
                ),
                (
                    "zero_when_inactive",
                    models.BooleanField(
                        default=True,
                        help_text="Items that are inactive or not for sale are sent as 0.",
                        verbose_name="zero when inactive",
                    ),
                ),
                (
                    "special_price_ownership",
                    models.CharField(
                        choices=[
                            ("shop", "the shop: its promotions are left alone"),
                            ("erp", "the ERP: promotions follow the ERP"),
                        ],
                        default="shop",
                        max_length=5,
                        verbose_name="special prices belong to",
                    ),
                ),
                (
                    "price_rounding",
                    models.CharField(
                        choices=[
                            ("currency", "decimals of the currency"),
                            ("0.05", "to 0.05"),
                            ("0.10", "to 0.10"),
                            ("0.50", "to 0.50"),
                            ("1", "to whole units"),
                            ("end_99", "ending in .99"),
                            ("end_95", "ending in .95"),
                        ],
                        default="currency",
                        max_length=10,
                        verbose_name="price rounding",
                    ),
                ),
                (
                    "currency_conversion",
                    models.CharField(
                        choices=[
                            ("refuse", "send only prices in the currency of the shop"),
                            ("convert", "convert with the exchange rate of the day"),
                        ],
                        default="refuse",
                        max_length=10,
                        verbose_name="currency conversion",
                    ),
                ),
                (
                    "item_identity",
                    models.CharField(
                        choices=[
                            ("code", "item code = SKU"),
                            ("barcode", "barcode"),
                            ("expression", "custom field"),
                        ],
                        default="code",
                        max_length=12,
                        verbose_name="item identity",
                    ),
                ),
                (
                    "item_identity_expression",
                    models.CharField(
                        blank=True,
                        help_text="With 'custom field': the item field that holds the SKU, such as description1.",
                        max_length=200,
                        verbose_name="identity field",
                    ),
                ),
                (
                    "create_products",
                    models.BooleanField(
                        default=True,
                        help_text="Create products that the shop does not have.",
                        verbose_name="create products",
                    ),
                ),
                (
                    "disable_products_when_inactive",
                    models.BooleanField(default=True, verbose_name="disable products when inactive"),
                ),
                (
                    "full_run_deactivates_missing",
                    models.BooleanField(
                        default=False,
                        help_text="A full item run disables linked products whose item is gone or no longer admitted.",
                        verbose_name="full run deactivates missing items",
                    ),
                ),
                (
                    "max_deactivation_percent",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("5"),
                        help_text="A run that would disable more stops and asks.",
                        max_digits=9,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                        verbose_name="deactivate at most (%)",
                    ),
                ),
                (
                    "site_type",
                    models.CharField(
                        choices=sites.choices.site_type_choices,
                        help_text="Platform of the shop. It cannot be changed once orders were read.",
                        max_length=60,
                        verbose_name="site type",
                    ),
                ),
                (
                    "integrator_name",
                    models.CharField(
                        blank=True,
                        help_text="Sent to the shop as a suffix of the user agent, so that its staff know who is calling.",
                        max_length=100,
                        verbose_name="integrator name",
                    ),
                ),
                (
                    "url",
                    models.CharField(
                        help_text="Address of the shop, such as https://shop.example.com. https is required.",
                        max_length=500,
                        verbose_name="URL",
                    ),
                ),
                (
                    "api_style",
                    models.CharField(
                        choices=[("rest", "REST"), ("graphql", "GraphQL")],
                        default="rest",
                        max_length=10,
                        verbose_name="API style",
                    ),
                ),
                (
                    "use_graphql",
                    models.BooleanField(
                        default=False,
                        help_text="Use GraphQL instead of REST where the platform offers both.",
                        verbose_name="use GraphQL",
                    ),
                ),
                (
                    "api_version",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the newest version that was tested.",
                        max_length=30,
                        verbose_name="API version",
                    ),
                ),
                ("username", models.CharField(blank=True, max_length=255, verbose_name="username")),
                (
                    "password",
                    ecomsync.common.fields.EncryptedTextField(
                        blank=True, default="", verbose_name="password"
                    ),
                ),
                (
                    "gateway_client_id",
                    models.CharField(blank=True, max_length=255, verbose_name="gateway client ID"),
                ),
                (
                    "gateway_client_secret",
                    ecomsync.common.fields.EncryptedTextField(
                        blank=True, default="", verbose_name="gateway client secret"
                    ),
                ),
                ("gateway_url", models.CharField(blank=True, max_length=500, verbose_name="gateway URL")),
                (
                    "authorization_code",
                    ecomsync.common.fields.EncryptedTextField(
                        blank=True, default="", verbose_name="authorization code"
                    ),
                ),
                (
                    "access_token",
                    ecomsync.common.fields.EncryptedTextField(
                        blank=True, default="", verbose_name="access token"
                    ),
                ),
                (
                    "refresh_token",
                    ecomsync.common.fields.EncryptedTextField(
                        blank=True, default="", verbose_name="refresh token"
                    ),
                ),
                (
                    "token_expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="token expires at"),
                ),
                (
                    "scopes",
                    models.JSONField(
                        blank=True, default=sites.models.connection.empty_list, verbose_name="scopes"
                    ),
                ),
                (
                    "platform_options",
                    models.JSONField(
                        blank=True,
                        default=sites.models.connection.empty_dict,
                        verbose_name="platform options",
                    ),
                ),
                (
                    "platform_secrets",
                    ecomsync.common.fields.EncryptedTextField(
                        blank=True, default="", verbose_name="platform secrets"
                    ),
                ),
                (
                    "shop_info",
                    models.JSONField(
                        blank=True,
                        default=sites.models.connection.empty_dict,
                        editable=False,
                        verbose_name="what the shop told",
                    ),
                ),
                (
                    "shop_info_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="shop asked at"),
                ),
                (
                    "last_check",
                    models.JSONField(
                        blank=True,
                        default=sites.models.connection.empty_dict,
                        editable=False,
                        verbose_name="last connection test",
                    ),
                ),
                (
                    "last_check_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="connection tested at"
                    ),
                ),
                (
                    "last_check_ok",
                    models.BooleanField(editable=False, null=True, verbose_name="connection test passed"),
                ),
                (
                    "webhook_public_id",
                    models.CharField(
                        default=sites.models.connection.new_public_id,
                        editable=False,
                        max_length=64,
                        unique=True,
                        verbose_name="webhook id",
                    ),
                ),
                (
                    "webhook_secret",
                    ecomsync.common.fields.EncryptedTextField(
                        blank=True,
                        default=sites.models.connection.new_webhook_secret,
                        verbose_name="webhook secret",
                    ),
                ),
                (
                    "webhook_integration_enabled",
                    models.BooleanField(
                        default=False,
                        help_text="Take events that the shop sends. Orders are polled all the same, so nothing is lost.",
                        verbose_name="webhook integration enabled",
                    ),
                ),
                (
                    "webhook_source",
                    models.CharField(
                        choices=[
                            ("direct", "direct: the shop calls this installation"),
                            ("gateway", "gateway: events are fetched from our gateway"),
                        ],
                        default="direct",
                        help_text="A gateway is needed where the shop cannot reach this installation, as behind a firewall.",
                        max_length=10,
                        verbose_name="webhook source",
                    ),
                ),
                (
                    "last_webhook_read_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="last webhook read at"
                    ),
                ),
                (
                    "verify_tls",
                    models.BooleanField(
                        default=True,
                        help_text="Switch off only for a test shop.",
                        verbose_name="verify TLS certificate",
                    ),
                ),
                (
                    "request_timeout",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Empty: the value of api-request-timeout.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="request timeout (s)",
                    ),
                ),
                (
                    "max_parallel_calls",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: what the platform recommends.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="parallel calls",
                    ),
                ),
                (
                    "calls_per_second_cap",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Empty: what the platform recommends.",
                        max_digits=7,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0.01)],
                        verbose_name="calls per second",
                    ),
                ),
                (
                    "batch_size_quantity",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5000),
                        ],
                        verbose_name="quantity batch size",
                    ),
                ),
                (
                    "batch_size_price",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5000),
                        ],
                        verbose_name="price batch size",
                    ),
                ),
                (
                    "batch_size_product",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5000),
                        ],
                        verbose_name="product batch size",
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        blank=True,
                        help_text="Empty: read from the shop when the connection is tested.",
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{3}$", "Enter the three capital letters of the currency, such as SAR."
                            )
                        ],
                        verbose_name="currency",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True,
                        help_text="Empty: read from the shop, such as Asia/Riyadh.",
                        max_length=50,
                        verbose_name="time zone",
                    ),
                ),
                (
                    "languages",
                    models.JSONField(
                        blank=True,
                        default=sites.models.connection.empty_list,
                        help_text="Codes with commas between them, such as ar, en.",
                        verbose_name="languages",
                    ),
                ),
                (
                    "read_orders_from_date",
                    models.DateTimeField(
                        blank=True,
                        help_text="Orders created before are never read. Empty: the day the site was created.",
                        null=True,
                        verbose_name="read orders from date",
                    ),
                ),
                (
                    "max_orders_per_read",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Empty: the value of max-orders-per-read.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="max orders per read",
                    ),
                ),
                (
                    "order_import_policy",
                    models.CharField(
                        choices=[
                            ("always", "always"),
                            ("paid", "when paid"),
                            ("authorised", "when paid or authorised"),
                            ("never", "never"),
                        ],
                        default="always",
                        max_length=12,
                        verbose_name="import orders",
                    ),
                ),
                (
                    "max_wait_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="An order that is still not paid after so many days is skipped. Empty: wait for ever.",
                        null=True,
                        verbose_name="wait at most (days)",
                    ),
                ),
                (
                    "remote_statuses_to_import",
                    models.JSONField(
                        blank=True,
                        default=sites.models.connection.empty_list,
                        help_text="Order statuses of the shop, with commas between them. Empty: what the platform recommends.",
                        verbose_name="statuses to import",
                    ),
                ),
                (
                    "orders_in_other_statuses",
                    models.CharField(
                        choices=[
                            ("none", "none"),
                            ("paid", "paid or authorised ones"),
                            ("all", "all open ones"),
                        ],
                        default="paid",
                        help_text="Open orders whose status is not imported: the goods of these are not offered again until the order is imported or cancelled.",
                        max_length=6,
                        verbose_name="orders in other statuses count as sold",
                    ),
                ),
                (
                    "create_customer_if_not_exist",
                    models.BooleanField(default=True, verbose_name="create customer if not exist"),
                ),
                (
                    "update_customer_if_exist",
                    models.BooleanField(default=False, verbose_name="update customer if exist"),
                ),
                (
                    "customer_match_by",
                    models.JSONField(
                        blank=True,
                        default=sites.models.order_settings.default_customer_match,
                        help_text="Tried in this order: platform_id, email, phone, tax_number.",
                        verbose_name="find customer by",
                    ),
                ),
                (
                    "tax_source",
                    models.CharField(
                        choices=[
                            ("shop", "amounts of the shop"),
                            ("erp_checked", "amounts of the shop, checked against the tax plan"),
                        ],
                        default="shop",
                        help_text="Documents always carry the shop's tax. Checked: an order is held when the tax of a line, a charge or a rate differs from the tax plan of the customer group, the item or the site by more than the tolerance.",
                        max_length=12,
                        verbose_name="taxes",
                    ),
                ),
                (
                    "prices_include_tax",
                    models.CharField(
                        choices=[("from_order", "as the order says"), ("yes", "yes"), ("no", "no")],
                        default="from_order",
                        max_length=10,
                        verbose_name="prices include tax",
                    ),
                ),
                (
                    "put_coupon_discount_to",
                    models.CharField(
                        choices=[
                            ("header", "header discount"),
                            ("lines", "line discounts"),
                            ("item", "discount item"),
                        ],
                        default="lines",
                        max_length=10,
                        verbose_name="put coupon discount to",
                    ),
                ),
                (
                    "put_header_discount_in_line_discount",
                    models.CharField(
                        choices=[("no", "no"), ("by_value", "by value"), ("by_quantity", "by quantity")],
                        default="no",
                        max_length=12,
                        verbose_name="put header discount in line discount",
                    ),
                ),
                (
                    "total_difference_policy",
                    models.CharField(
                        choices=[
                            ("hold", "hold the order"),
                            ("rounding", "rounding line up to the tolerance"),
                        ],
                        default="hold",
                        max_length=10,
                        verbose_name="when totals differ",
                    ),
                ),
                (
                    "total_tolerance",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0.05"),
                        help_text="Greatest difference that a rounding line may take up.",
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="tolerance",
                    ),
                ),
                (
                    "unknown_item_policy",
                    models.CharField(
                        choices=[
                            ("hold", "hold the order"),
                            ("create", "create the item"),
                            ("substitute", "use the substitute item"),
                        ],
                        default="hold",
                        max_length=12,
                        verbose_name="unknown item",
                    ),
                ),
                (
                    "order_changed_policy",
                    models.CharField(
                        choices=[
                            ("update", "follow it while nothing is delivered or invoiced, else flag it"),
                            (
                                "correct",
                                "follow it; correct what is delivered or invoiced by further documents",
                            ),
                            ("flag", "only flag it"),
                            ("hold", "hold the order"),
                        ],
                        default="update",
                        help_text="Drafts are updated in place, a confirmed order is amended under its number, and its earlier version is kept. What is delivered or invoiced is never rewritten: removed goods are returned and credited, added ones are ordered and invoiced beside it.",
                        max_length=10,
                        verbose_name="order changed in the shop",
                    ),
                ),
                (
                    "cancel_policy",
                    models.CharField(
                        choices=[
                            ("cancel", "cancel what is neither delivered nor invoiced, else flag it"),
                            ("credit", "cancel what is not delivered, and credit what is invoiced"),
                            ("flag", "only flag it"),
                        ],
                        default="cancel",
                        help_text="Delivered goods are always flagged: they must come back first.",
                        max_length=10,
                        verbose_name="order cancelled in the shop",
                    ),
                ),
                (
                    "cancelled_payment_policy",
                    models.CharField(
                        choices=[("credit", "keep it as credit of the customer"), ("refund", "pay it back")],
                        default="credit",
                        help_text="‘Pay it back’ records a refund in the ERP over the same payment method; the shop is not told.",
                        max_length=10,
                        verbose_name="money of a cancelled order",
                    ),
                ),
                (
                    "reopened_policy",
                    models.CharField(
                        choices=[("flag", "only flag it"), ("remake", "make new documents")],
                        default="flag",
                        max_length=10,
                        verbose_name="cancelled order taken up again in the shop",
                    ),
                ),
                (
                    "order_routing",
                    models.CharField(
                        choices=[
                            ("whole", "the whole order from one warehouse"),
                            ("by_line", "each line from a warehouse that has it"),
                        ],
                        default="whole",
                        help_text="The location that the shop names comes first, then the warehouse lines for orders by priority, as far as they have the stock. Deliveries are made for each warehouse.",
                        max_length=10,
                        verbose_name="warehouses of an order",
                    ),
                ),
                (
                    "shop_shipments_policy",
                    models.CharField(
                        choices=[("ignore", "ignore"), ("deliver", "make deliveries of them")],
                        default="ignore",
                        help_text="For goods that leave the warehouse by the shop's own shipping desk.",
                        max_length=10,
                        verbose_name="shipments made in the shop",
                    ),
                ),
                (
                    "reserve_stock",
                    models.CharField(
                        choices=[
                            ("on_import", "when the order is imported"),
                            ("on_confirm", "when the sales order is confirmed"),
                            ("no", "no"),
                        ],
                        default="on_confirm",
                        max_length=12,
                        verbose_name="reserve stock",
                    ),
                ),
                (
                    "auto_confirm_documents",
                    models.BooleanField(default=True, verbose_name="confirm documents at once"),
                ),
                (
                    "generate_accounting_entries",
                    models.BooleanField(default=False, verbose_name="generate accounting entries"),
                ),
                (
                    "return_policy",
                    models.CharField(
                        choices=[
                            ("ignore", "ignore"),
                            ("stage", "keep for a decision"),
                            ("credit_note", "credit note"),
                            ("return_order", "sales return"),
                        ],
                        default="stage",
                        help_text="Credit note: received and credited at once. Sales return: waits in the ERP until the goods come.",
                        max_length=14,
                        verbose_name="returns become",
                    ),
                ),
                (
                    "restock_policy",
                    models.CharField(
                        choices=[("as_shop", "as the shop says"), ("always", "always"), ("never", "never")],
                        default="as_shop",
                        help_text="A shop that does not say has not restocked them.",
                        max_length=10,
                        verbose_name="restock returned goods",
                    ),
                ),
                (
                    "create_invoice_for_returns_if_invoice_not_found",
                    models.BooleanField(
                        default=False,
                        help_text="Before crediting, invoice what is not invoiced yet; and fetch an order that was never imported, as sold and delivered before. Otherwise goods not invoiced yet are taken off the order, and all else waits.",
                        verbose_name="create invoice for returns if invoice not found",
                    ),
                ),
                (
                    "exchange_policy",
                    models.CharField(
                        choices=[
                            ("ignore", "only the return"),
                            ("stage", "keep for a decision"),
                            ("order", "return and a new sales order"),
                        ],
                        default="stage",
                        help_text="Goods that a buyer gets instead of returned ones. Staff make such an order on the page of the return, except with ‘only the return’.",
                        max_length=10,
                        verbose_name="exchanges become",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "default_customer",
                    models.ForeignKey(
                        blank=True,
                        help_text="For guests, and when customers are not created.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.customer",
                        verbose_name="default customer",
                    ),
                ),
                (
                    "default_warehouse",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.warehouse",
                        verbose_name="default warehouse",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.department",
                        verbose_name="department",
                    ),
                ),
                (
                    "discount_item",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"item_type": "service"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="discount item",
                    ),
                ),
                (
                    "fee_item",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"item_type": "service"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="fee item",
                    ),
                ),
                (
                    "legal_entity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.legalentity",
                        verbose_name="legal entity",
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        blank=True,
                        help_text="Written on the documents; amounts are always the shop's.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.pricelist",
                        verbose_name="price list",
                    ),
                ),
                (
                    "price_source_list",
                    models.ForeignKey(
                        blank=True,
                        help_text="Prices sent to the shop. Empty: the sales price of the item.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.pricelist",
                        verbose_name="price source list",
                    ),
                ),
                (
                    "refund_shipping_item",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the item under which the shipping was sold.",
                        limit_choices_to={"item_type": "service"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="refunded shipping item",
                    ),
                ),
                (
                    "restock_warehouse",
                    models.ForeignKey(
                        blank=True,
                        help_text="Where returned goods go, such as one for inspection. Empty: the warehouse the goods left from.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.warehouse",
                        verbose_name="restock warehouse",
                    ),
                ),
                (
                    "rounding_item",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"item_type": "service"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="rounding item",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.sector",
                        verbose_name="sector",
                    ),
                ),
                (
                    "substitute_item",
                    models.ForeignKey(
                        blank=True,
                        help_text="Stands for products that have no ERP item.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="substitute item",
                    ),
                ),
                (
                    "tax_plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.taxplan",
                        verbose_name="tax plan",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="updated by",
                    ),
                ),
            ],
            options={
                "verbose_name": "Magento Site",
                "verbose_name_plural": "Magento Sites",
                "ordering": ("code",),
                "permissions": (
                    ("read_sales", "Can read orders and returns from the shop"),
                    ("push_to_shop", "Can send stock, prices, items and categories to the shop"),
                    ("manage_requests", "Can retry and delete queue requests"),
                    ("manage_connection", "Can test the connection, request tokens and register webhooks"),
                    ("pause_site", "Can pause and resume a site"),
                    ("transfer_settings", "Can export and import the settings of a site"),
                ),
            },
        ),
        migrations.CreateModel(
            name="RateBucket",
            fields=[
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="rate_bucket",
                        serialize=False,
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
                ("tokens", models.FloatField(default=0, verbose_name="tokens")),
                ("capacity", models.FloatField(default=1, verbose_name="capacity")),
                ("refill_per_second", models.FloatField(default=1, verbose_name="refill per second")),
                ("updated_at", models.DateTimeField(verbose_name="updated at")),
                ("blocked_until", models.DateTimeField(blank=True, null=True, verbose_name="blocked until")),
                (
                    "told_rate",
                    models.FloatField(
                        blank=True, null=True, verbose_name="refill per second told by the shop"
                    ),
                ),
                (
                    "told_capacity",
                    models.FloatField(blank=True, null=True, verbose_name="capacity told by the shop"),
                ),
                ("faults", models.PositiveIntegerField(default=0, verbose_name="faults in a row")),
                ("rest_until", models.DateTimeField(blank=True, null=True, verbose_name="left alone until")),
                (
                    "probe_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="being tried until"),
                ),
            ],
            options={
                "verbose_name": "rate budget",
                "verbose_name_plural": "rate budgets",
            },
        ),
        migrations.CreateModel(
            name="EventActionLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "event_kind",
                    models.CharField(
                        default="*",
                        help_text="Such as order.created; order.* and * fit several.",
                        max_length=60,
                        verbose_name="event kind",
                    ),
                ),
                (
                    "criteria",
                    models.TextField(
                        blank=True,
                        help_text="Such as: status = processing. Empty: always.",
                        verbose_name="criteria",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("import_order", "import the order"),
                            ("cancel_order", "cancel the documents of the order"),
                            ("import_return", "import the returns of the order"),
                            ("refresh_stock", "send the stock of the items again"),
                            ("refresh_product", "refresh the link of the product"),
                            ("update_customer", "update the customer"),
                            ("run_graphql", "run a GraphQL operation"),
                            ("send_email", "send an e-mail"),
                            ("call_url", "call a URL"),
                            ("ignore", "ignore"),
                        ],
                        max_length=20,
                        verbose_name="action",
                    ),
                ),
                (
                    "parameters",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='JSON, such as {"to": "sales@example.com"}.',
                        verbose_name="parameters",
                    ),
                ),
                (
                    "critical",
                    models.BooleanField(
                        default=False,
                        help_text="Processed at once, before other events.",
                        verbose_name="critical",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ecommerce_event_actions_lines",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "e-commerce event action line",
                "verbose_name_plural": "e-commerce event action lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DocumentGenerationLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                (
                    "criteria",
                    models.TextField(
                        blank=True,
                        help_text="Such as: total > 100 and country = SA. Empty: every order.",
                        verbose_name="criteria",
                    ),
                ),
                ("create_reservation", models.BooleanField(default=False, verbose_name="reservation")),
                (
                    "create_sales_order",
                    models.BooleanField(
                        default=True,
                        help_text="Made in any case when another document is ticked, since the others follow it.",
                        verbose_name="sales order",
                    ),
                ),
                ("create_delivery", models.BooleanField(default=False, verbose_name="delivery")),
                ("create_invoice", models.BooleanField(default=False, verbose_name="invoice")),
                ("create_receipt", models.BooleanField(default=False, verbose_name="receipt")),
                (
                    "auto_confirm",
                    models.BooleanField(
                        default=True,
                        help_text="The documents ticked in this line; off leaves them as drafts.",
                        verbose_name="confirm",
                    ),
                ),
                (
                    "stop_after_match",
                    models.BooleanField(
                        default=True,
                        help_text="Off: later lines that fit add their documents, and their terms replace those of this line.",
                        verbose_name="stop after match",
                    ),
                ),
                (
                    "number_series",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.numberseries",
                        verbose_name="number series",
                    ),
                ),
                (
                    "payment_terms",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.paymentterms",
                        verbose_name="payment terms",
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.pricelist",
                        verbose_name="price list",
                    ),
                ),
                (
                    "salesperson",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.salesperson",
                        verbose_name="salesperson",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.warehouse",
                        verbose_name="warehouse",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="document_generation_info_lines",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "document generation line",
                "verbose_name_plural": "document generation lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ConnectRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token_hash",
                    models.CharField(
                        editable=False, max_length=64, unique=True, verbose_name="hash of the token"
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="asked at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="keys arrived at")),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="connect_requests",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "connect request",
                "verbose_name_plural": "connect requests",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="UpdateItemCriterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "group_no",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="Lines of one group must all hold; one group is enough.",
                        verbose_name="group",
                    ),
                ),
                ("field", models.CharField(blank=True, max_length=60, verbose_name="field")),
                (
                    "operator",
                    models.CharField(
                        choices=[
                            ("=", "equals"),
                            ("!=", "differs from"),
                            ("<", "less than"),
                            ("<=", "at most"),
                            (">", "more than"),
                            (">=", "at least"),
                            ("in", "is one of"),
                            ("not in", "is none of"),
                            ("contains", "contains"),
                            ("starts with", "starts with"),
                            ("is empty", "is empty"),
                            ("is not empty", "is not empty"),
                        ],
                        default="=",
                        max_length=20,
                        verbose_name="operator",
                    ),
                ),
                ("value", models.CharField(blank=True, max_length=500, verbose_name="value")),
                (
                    "expression",
                    models.TextField(
                        blank=True,
                        help_text="Instead of field, operator and value: a whole criterion.",
                        verbose_name="expression",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="update_item_for",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "update item criterion",
                "verbose_name_plural": "update item criteria",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UpdateOrderStatusLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "document_type",
                    models.CharField(
                        choices=[
                            ("sales_order", "sales order"),
                            ("delivery", "delivery"),
                            ("invoice", "sales invoice"),
                            ("credit_note", "credit note"),
                            ("return", "sales return"),
                            ("receipt", "receipt"),
                        ],
                        max_length=15,
                        verbose_name="document type",
                    ),
                ),
                (
                    "document_state",
                    models.CharField(
                        help_text="A state that the document type has, such as confirmed, shipped, issued.",
                        max_length=30,
                        verbose_name="document state",
                    ),
                ),
                (
                    "remote_status",
                    models.CharField(
                        blank=True,
                        help_text="Status of the order in the shop, of the list that the shop told. Empty: leave it. With ‘ship’ and ‘complete’ for deliveries it is set with the last delivery of the order.",
                        max_length=80,
                        verbose_name="remote status",
                    ),
                ),
                (
                    "remote_action",
                    models.CharField(
                        choices=[
                            ("status", "status only"),
                            ("ship", "ship"),
                            ("invoice", "send the invoice"),
                            ("complete", "complete"),
                            ("cancel", "cancel"),
                            ("refund", "refund"),
                        ],
                        default="status",
                        max_length=10,
                        verbose_name="remote action",
                    ),
                ),
                ("notify_customer", models.BooleanField(default=False, verbose_name="notify customer")),
                (
                    "pay_back",
                    models.BooleanField(
                        default=False,
                        help_text="With the action ‘refund’: the shop's payment provider gives the money back.",
                        verbose_name="pay back",
                    ),
                ),
                (
                    "comment_template",
                    models.CharField(
                        blank=True,
                        help_text="Placeholders: {number} {order} {state} {customer}, for deliveries also {carrier} {tracking} {tracking_url} {items}.",
                        max_length=500,
                        verbose_name="comment template",
                    ),
                ),
                ("criteria", models.TextField(blank=True, verbose_name="criteria")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="update_order_status_to",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "update order status line",
                "verbose_name_plural": "update order status lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UpdateQtyCriterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "group_no",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="Lines of one group must all hold; one group is enough.",
                        verbose_name="group",
                    ),
                ),
                ("field", models.CharField(blank=True, max_length=60, verbose_name="field")),
                (
                    "operator",
                    models.CharField(
                        choices=[
                            ("=", "equals"),
                            ("!=", "differs from"),
                            ("<", "less than"),
                            ("<=", "at most"),
                            (">", "more than"),
                            (">=", "at least"),
                            ("in", "is one of"),
                            ("not in", "is none of"),
                            ("contains", "contains"),
                            ("starts with", "starts with"),
                            ("is empty", "is empty"),
                            ("is not empty", "is not empty"),
                        ],
                        default="=",
                        max_length=20,
                        verbose_name="operator",
                    ),
                ),
                ("value", models.CharField(blank=True, max_length=500, verbose_name="value")),
                (
                    "expression",
                    models.TextField(
                        blank=True,
                        help_text="Instead of field, operator and value: a whole criterion.",
                        verbose_name="expression",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="update_qty_for",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "update quantity criterion",
                "verbose_name_plural": "update quantity criteria",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WebhookGateway",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, db_index=True, verbose_name="updated at")),
                (
                    "code",
                    models.CharField(
                        help_text="Unique; stored in capital letters.",
                        max_length=64,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[\\w][\\w .\\-/]*$",
                                "Use letters, digits, space, dot, dash, slash and underscore, beginning with a letter or digit.",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name1", models.CharField(blank=True, max_length=255, verbose_name="name 1 (Arabic)")),
                ("name2", models.CharField(blank=True, max_length=255, verbose_name="name 2 (English)")),
                ("description1", models.CharField(blank=True, max_length=500, verbose_name="description 1")),
                ("description2", models.CharField(blank=True, max_length=500, verbose_name="description 2")),
                ("description3", models.CharField(blank=True, max_length=500, verbose_name="description 3")),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "url",
                    models.CharField(
                        help_text="Public address of an ecomsync in the gateway role, such as https://hooks.example.com.",
                        max_length=500,
                        verbose_name="gateway URL",
                    ),
                ),
                (
                    "client_id",
                    models.CharField(
                        help_text="As printed by 'manage.py make_gateway_client' on the gateway.",
                        max_length=64,
                        verbose_name="gateway client ID",
                    ),
                ),
                (
                    "client_secret",
                    ecomsync.common.fields.EncryptedTextField(
                        blank=True, default="", verbose_name="gateway client secret"
                    ),
                ),
                (
                    "last_pulled_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="last fetched at"
                    ),
                ),
                ("last_error", models.TextField(blank=True, editable=False, verbose_name="last error")),
                (
                    "failures",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="failures in a row"),
                ),
                ("sites_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("claimed_until", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="updated by",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook gateway",
                "verbose_name_plural": "webhook gateways",
                "ordering": ("code",),
            },
        ),
        migrations.AddField(
            model_name="site",
            name="webhook_gateway",
            field=models.ForeignKey(
                blank=True,
                help_text="Where events are fetched from. Run 'Register Webhooks' after a change.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sites",
                to="ecomsites.webhookgateway",
                verbose_name="webhook gateway",
            ),
        ),
        migrations.CreateModel(
            name="PaymentMethodLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "remote_code",
                    models.CharField(
                        default="*",
                        help_text="Code of the payment method in the shop; * = every other one.",
                        max_length=120,
                        verbose_name="remote code",
                    ),
                ),
                ("remote_title", models.CharField(blank=True, max_length=200, verbose_name="remote title")),
                (
                    "calculation_type",
                    models.CharField(
                        choices=[
                            ("full_total", "full total"),
                            ("remaining", "what remains"),
                            ("percent", "percent of the total"),
                            ("fixed", "fixed amount"),
                            ("none", "no receipt"),
                        ],
                        default="full_total",
                        help_text="How much of the order the receipt covers.",
                        max_length=12,
                        verbose_name="calculation type",
                    ),
                ),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="value",
                    ),
                ),
                (
                    "import_policy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("always", "always"),
                            ("paid", "when paid"),
                            ("authorised", "when paid or authorised"),
                            ("never", "never"),
                        ],
                        help_text="Empty: the policy of the site.",
                        max_length=12,
                        verbose_name="import policy",
                    ),
                ),
                (
                    "settles_immediately",
                    models.BooleanField(
                        blank=True,
                        help_text="Yes: the receipt is made when the order is paid. No (cash on delivery): when it is paid and complete. Unknown: as the payment method says.",
                        null=True,
                        verbose_name="settles immediately",
                    ),
                ),
                (
                    "settlement_tolerance",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="A payment that is short by at most this counts as full; the rest is booked as settlement difference.",
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="settlement tolerance",
                    ),
                ),
                (
                    "special_handling",
                    models.CharField(
                        blank=True,
                        help_text="Written on the sales order as a remark.",
                        max_length=300,
                        verbose_name="special handling",
                    ),
                ),
                (
                    "fee_item",
                    models.ForeignKey(
                        blank=True,
                        help_text="For the fee that the buyer pays for this method, and for what the provider withholds.",
                        limit_choices_to={"item_type": "service"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="fee item",
                    ),
                ),
                (
                    "payment_method",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.paymentmethod",
                        verbose_name="payment method",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payment_methods",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment method",
                "verbose_name_plural": "payment methods",
                "ordering": ("line_no", "id"),
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "remote_code"),
                        name="ecomsites_payment_code",
                        violation_error_message="This remote code has a line already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GraphQLLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("query", "query"), ("mutation", "mutation")],
                        default="query",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("document", models.TextField(verbose_name="document")),
                ("variables", models.JSONField(blank=True, default=dict, verbose_name="variables")),
                ("result_path", models.CharField(blank=True, max_length=300, verbose_name="result path")),
                (
                    "used_by",
                    models.CharField(
                        choices=[
                            ("event_action", "event action"),
                            ("schedule", "schedule"),
                            ("manual", "manual action"),
                        ],
                        default="manual",
                        max_length=15,
                        verbose_name="used by",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="graphql_lines",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "GraphQL line",
                "verbose_name_plural": "GraphQL lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("site", "name"), name="ecomsites_graphql_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="CopyToEcommerceItemLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "item_field",
                    models.CharField(
                        help_text="Path, such as name2 or brand.name1; also attributes.color.",
                        max_length=200,
                        verbose_name="item field",
                    ),
                ),
                ("target_field", models.CharField(max_length=200, verbose_name="product field")),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the shop's own language.",
                        max_length=20,
                        verbose_name="language / store view",
                    ),
                ),
                (
                    "transform",
                    models.CharField(
                        blank=True,
                        help_text="JMESPath over {value, item}, such as join(' ', [item.brand, value]). Empty: as it is.",
                        max_length=500,
                        verbose_name="transform",
                    ),
                ),
                (
                    "when_empty",
                    models.CharField(
                        choices=[
                            ("skip", "leave the shop's value"),
                            ("clear", "clear it"),
                            ("default", "send the default value"),
                        ],
                        default="skip",
                        max_length=10,
                        verbose_name="when empty",
                    ),
                ),
                ("default_value", models.CharField(blank=True, max_length=500, verbose_name="default value")),
                (
                    "apply_on",
                    models.CharField(
                        choices=[("create", "create"), ("update", "update"), ("both", "create and update")],
                        default="both",
                        max_length=10,
                        verbose_name="apply on",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="copy_to_ecommerce_item_lines",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "copy to e-commerce item line",
                "verbose_name_plural": "copy to e-commerce item lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "target_field", "language", "apply_on"),
                        name="ecomsites_copy_target",
                        violation_error_message="This product field is filled by another line already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadingWindow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "flow",
                    models.CharField(
                        choices=[
                            ("orders", "orders"),
                            ("returns", "returns"),
                            ("quantity_delta", "changed quantities"),
                            ("quantity_full", "all quantities"),
                            ("price_delta", "changed prices"),
                            ("price_full", "all prices"),
                            ("items", "items"),
                            ("categories", "categories"),
                            ("products", "products of the shop"),
                            ("reconcile", "reconciliation"),
                            ("webhook_health", "webhook health"),
                            ("token", "access token"),
                        ],
                        max_length=30,
                        verbose_name="flow",
                    ),
                ),
                ("read_from", models.DateTimeField(blank=True, null=True, verbose_name="read from")),
                ("read_to", models.DateTimeField(blank=True, null=True, verbose_name="read to")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("finished_at", models.DateTimeField(auto_now_add=True, verbose_name="finished at")),
                ("seen", models.PositiveIntegerField(default=0, verbose_name="seen")),
                ("worked", models.PositiveIntegerField(default=0, verbose_name="taken over")),
                ("complete", models.BooleanField(default=True, verbose_name="complete")),
                (
                    "skew_seconds",
                    models.FloatField(
                        blank=True,
                        help_text="Negative: it is behind ours.",
                        null=True,
                        verbose_name="clock of the shop ahead by (s)",
                    ),
                ),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "reading",
                "verbose_name_plural": "readings",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["site", "flow", "-id"], name="ecomsites_window_latest")],
            },
        ),
        migrations.CreateModel(
            name="ShippingItemLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "remote_code",
                    models.CharField(
                        default="*",
                        help_text="Code of the shipping method in the shop; * = every other one.",
                        max_length=120,
                        verbose_name="remote code",
                    ),
                ),
                ("remote_title", models.CharField(blank=True, max_length=200, verbose_name="remote title")),
                (
                    "cost_calculation",
                    models.CharField(
                        choices=[
                            ("as_charged", "as charged"),
                            ("fixed", "fixed amount"),
                            ("percent", "percent of what was charged"),
                            ("free", "free"),
                        ],
                        default="as_charged",
                        max_length=12,
                        verbose_name="cost calculation",
                    ),
                ),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="value",
                    ),
                ),
                (
                    "delivery_method",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.deliverymethod",
                        verbose_name="delivery method",
                    ),
                ),
                (
                    "service_item",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"item_type": "service"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="service item",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shipping_items",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "tax_plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.taxplan",
                        verbose_name="tax plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "shipping item",
                "verbose_name_plural": "shipping items",
                "ordering": ("line_no", "id"),
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "remote_code"),
                        name="ecomsites_shipping_code",
                        violation_error_message="This remote code has a line already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SyncCursor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "flow",
                    models.CharField(
                        choices=[
                            ("orders", "orders"),
                            ("returns", "returns"),
                            ("quantity_delta", "changed quantities"),
                            ("quantity_full", "all quantities"),
                            ("price_delta", "changed prices"),
                            ("price_full", "all prices"),
                            ("items", "items"),
                            ("categories", "categories"),
                            ("products", "products of the shop"),
                            ("reconcile", "reconciliation"),
                            ("webhook_health", "webhook health"),
                            ("token", "access token"),
                        ],
                        max_length=30,
                        verbose_name="flow",
                    ),
                ),
                ("position", models.DateTimeField(blank=True, null=True, verbose_name="read up to")),
                ("last_started_at", models.DateTimeField(blank=True, null=True, verbose_name="last started")),
                (
                    "last_finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last finished"),
                ),
                ("last_ok_at", models.DateTimeField(blank=True, null=True, verbose_name="last succeeded")),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
                (
                    "claimed_until",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="claimed until"),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cursors",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "sync cursor",
                "verbose_name_plural": "sync cursors",
                "ordering": ("site", "flow"),
                "constraints": [
                    models.UniqueConstraint(fields=("site", "flow"), name="ecomsites_synccursor_site_flow")
                ],
            },
        ),
        migrations.CreateModel(
            name="WarehouseLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "remote_location_id",
                    models.CharField(
                        blank=True,
                        help_text="Empty where the shop has one stock only.",
                        max_length=120,
                        verbose_name="remote location",
                    ),
                ),
                (
                    "remote_location_name",
                    models.CharField(blank=True, max_length=200, verbose_name="remote location name"),
                ),
                (
                    "share_percent",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("100"),
                        help_text="Part of the stock that this shop may sell.",
                        max_digits=9,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                        verbose_name="share (%)",
                    ),
                ),
                (
                    "buffer",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="buffer",
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        default=10, help_text="Lower numbers deliver first.", verbose_name="priority"
                    ),
                ),
                ("for_orders", models.BooleanField(default=True, verbose_name="for orders")),
                ("for_stock", models.BooleanField(default=True, verbose_name="for stock")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ecommerce_warehouse_lines",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.warehouse",
                        verbose_name="warehouse",
                    ),
                ),
            ],
            options={
                "verbose_name": "e-commerce warehouse line",
                "verbose_name_plural": "e-commerce warehouse lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "remote_location_id", "warehouse"),
                        name="ecomsites_warehouse_location",
                        violation_error_message="This warehouse has a line for this location already.",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="site",
            index=models.Index(fields=["active", "paused"], name="ecomsites_site_working"),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(
                condition=models.Q(("active", True)),
                fields=("url",),
                name="ecomsites_site_active_url",
                violation_error_message="An active site with this URL exists already.",
            ),
        ),
    ]
