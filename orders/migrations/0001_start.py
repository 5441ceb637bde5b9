from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

from ecomsync.common.first_migration import FirstMigration


class Migration(FirstMigration):
    # A new database makes its tables in one go; one that is older goes on step by step.
    replaces = [
        ("orders", "0001_initial"),
        ("orders", "0002_imported_at_index"),
        ("orders", "0003_return_healing"),
        ("orders", "0004_versions_and_comparisons"),
        ("orders", "0005_outbox_order_and_superseding"),
        ("orders", "0006_returns_and_refunds"),
        ("orders", "0007_compared_at"),
    ]
    initial = True

    dependencies = [
        ("activity", "0001_initial"),
        ("ecomsites", "0001_initial"),
        ("erp", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, db_index=True, verbose_name="updated at")),
                ("remote_id", models.CharField(max_length=100, verbose_name="shop id")),
                (
                    "number",
                    models.CharField(blank=True, db_index=True, max_length=100, verbose_name="shop number"),
                ),
                ("created_remote", models.DateTimeField(blank=True, null=True, verbose_name="ordered at")),
                (
                    "updated_remote",
                    models.DateTimeField(blank=True, null=True, verbose_name="changed in the shop at"),
                ),
                ("status_remote", models.CharField(blank=True, max_length=100, verbose_name="shop status")),
                (
                    "phase",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("incomplete", "incomplete"),
                            ("open", "open"),
                            ("complete", "complete"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=20,
                        verbose_name="phase",
                    ),
                ),
                (
                    "financial_status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unpaid", "unpaid"),
                            ("authorised", "authorised"),
                            ("paid", "paid"),
                            ("partly_refunded", "partly refunded"),
                            ("refunded", "refunded"),
                            ("failed", "failed"),
                        ],
                        max_length=20,
                        verbose_name="payment status",
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="currency")),
                ("prices_include_tax", models.BooleanField(default=False, verbose_name="prices include tax")),
                (
                    "remote_customer_id",
                    models.CharField(blank=True, max_length=100, verbose_name="shop customer id"),
                ),
                ("customer_email", models.CharField(blank=True, max_length=254, verbose_name="e-mail")),
                ("customer_name", models.CharField(blank=True, max_length=510, verbose_name="customer name")),
                ("customer_phone", models.CharField(blank=True, max_length=64, verbose_name="phone")),
                ("customer_company", models.CharField(blank=True, max_length=510, verbose_name="company")),
                (
                    "customer_tax_number",
                    models.CharField(blank=True, max_length=64, verbose_name="tax number"),
                ),
                ("is_guest", models.BooleanField(default=False, verbose_name="guest")),
                (
                    "billing_address",
                    models.JSONField(blank=True, default=dict, verbose_name="billing address"),
                ),
                (
                    "shipping_address",
                    models.JSONField(blank=True, default=dict, verbose_name="shipping address"),
                ),
                (
                    "lines_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        max_digits=18,
                        verbose_name="goods before discounts",
                    ),
                ),
                (
                    "discount_net",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="discounts"
                    ),
                ),
                (
                    "shipping_net",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="shipping"
                    ),
                ),
                (
                    "shipping_tax",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="tax on shipping"
                    ),
                ),
                (
                    "fees_net",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="fees"
                    ),
                ),
                (
                    "fees_tax",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="tax on fees"
                    ),
                ),
                (
                    "tax_total",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="tax"
                    ),
                ),
                (
                    "grand_total",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="grand total"
                    ),
                ),
                (
                    "refunded_total",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="refunded"
                    ),
                ),
                ("payment_code", models.CharField(blank=True, max_length=200, verbose_name="payment code")),
                ("shipping_code", models.CharField(blank=True, max_length=200, verbose_name="shipping code")),
                ("note", models.TextField(blank=True, verbose_name="note of the buyer")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("ready", "ready"),
                            ("held", "held"),
                            ("imported", "imported"),
                            ("skipped", "skipped"),
                            ("cancelled", "cancelled"),
                            ("failed", "failed"),
                        ],
                        default="new",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "state_reason",
                    models.CharField(
                        blank=True,
                        help_text="Why the order was skipped or failed.",
                        max_length=60,
                        verbose_name="reason",
                    ),
                ),
                (
                    "decisions",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="What was mapped to what, and why.",
                        verbose_name="mapping decisions",
                    ),
                ),
                ("proof", models.JSONField(blank=True, default=list, verbose_name="proof of totals")),
                ("proof_ok", models.BooleanField(blank=True, null=True, verbose_name="totals proved")),
                ("raw", models.JSONField(blank=True, default=dict, verbose_name="payload of the shop")),
                ("raw_hash", models.CharField(blank=True, max_length=64, verbose_name="payload hash")),
                (
                    "relevant_hash",
                    models.CharField(
                        blank=True,
                        help_text="Of what the documents depend on: lines, amounts, customer and addresses.",
                        max_length=64,
                        verbose_name="content hash",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("poll", "poll"),
                            ("webhook", "webhook"),
                            ("manual", "by hand"),
                            ("file", "file"),
                        ],
                        default="poll",
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                ("trace_id", models.CharField(blank=True, max_length=64, verbose_name="trace")),
                ("imported_at", models.DateTimeField(blank=True, null=True, verbose_name="imported at")),
                ("last_seen_at", models.DateTimeField(blank=True, null=True, verbose_name="last seen at")),
                (
                    "compared_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="compared with the shop at"
                    ),
                ),
                (
                    "heal_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When a held order is imported again by itself.",
                        null=True,
                        verbose_name="next try at",
                    ),
                ),
                ("heal_attempts", models.PositiveIntegerField(default=0, verbose_name="tries")),
                (
                    "erp_number_sent",
                    models.CharField(
                        blank=True, max_length=60, verbose_name="ERP number written to the shop"
                    ),
                ),
                (
                    "erp_customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "sales_order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shop_orders",
                        to="erp.salesorder",
                        verbose_name="sales order",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "shop order",
                "verbose_name_plural": "shop orders",
                "ordering": ("-created_remote", "-id"),
                "permissions": [("import_order", "Can import orders again")],
            },
        ),
        migrations.CreateModel(
            name="OrderCharge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("remote_id", models.CharField(blank=True, max_length=100, verbose_name="shop line id")),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("code", models.CharField(blank=True, max_length=200, verbose_name="code")),
                ("title", models.TextField(blank=True, verbose_name="title")),
                ("net", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="net")),
                ("tax", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="tax")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="charges",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "order charge",
                "verbose_name_plural": "order charges",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="OrderComparison",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("remote_id", models.CharField(max_length=100, verbose_name="shop id")),
                ("number", models.CharField(blank=True, max_length=100, verbose_name="shop number")),
                ("raw_hash", models.CharField(blank=True, max_length=64, verbose_name="payload hash")),
                ("differs", models.BooleanField(default=False, verbose_name="differs")),
                ("outcome", models.CharField(blank=True, max_length=20, verbose_name="outcome")),
                ("content", models.JSONField(blank=True, default=dict, verbose_name="content")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("asked_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed at")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="activity.run",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "difference of an order",
                "verbose_name_plural": "differences of orders",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="OrderDiscount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("code", models.CharField(blank=True, max_length=255, verbose_name="code")),
                ("title", models.TextField(blank=True, verbose_name="title")),
                ("net", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="net")),
                ("tax", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="tax")),
                ("in_lines", models.BooleanField(default=False, verbose_name="already in the lines")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discounts",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "order discount",
                "verbose_name_plural": "order discounts",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="OrderDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document_type", models.CharField(max_length=30, verbose_name="document type")),
                ("object_id", models.PositiveBigIntegerField(verbose_name="document id")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="number")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "document of an order",
                "verbose_name_plural": "documents of orders",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="OrderHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(db_index=True, max_length=60, verbose_name="reason")),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        help_text="The SKU, payment code or the like.",
                        max_length=255,
                        verbose_name="concerns",
                    ),
                ),
                ("params", models.JSONField(blank=True, default=dict, verbose_name="details")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="held at")),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="released at")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holds",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(verbose_name="line")),
                ("remote_id", models.CharField(blank=True, max_length=100, verbose_name="shop line id")),
                ("sku", models.CharField(blank=True, max_length=255, verbose_name="SKU")),
                ("name", models.TextField(blank=True, verbose_name="name")),
                ("product_id", models.CharField(blank=True, max_length=100, verbose_name="product id")),
                ("variant_id", models.CharField(blank=True, max_length=100, verbose_name="variant id")),
                ("attributes", models.JSONField(blank=True, default=dict, verbose_name="attributes")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="quantity")),
                (
                    "subtotal_net",
                    models.DecimalField(decimal_places=4, max_digits=18, verbose_name="before discounts"),
                ),
                (
                    "subtotal_tax",
                    models.DecimalField(decimal_places=4, max_digits=18, verbose_name="tax before discounts"),
                ),
                ("net", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="net")),
                ("tax", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="tax")),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "order line",
                "verbose_name_plural": "order lines",
                "ordering": ("line_no", "id"),
            },
        ),
        migrations.CreateModel(
            name="OrderOutbox",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("status", "status"),
                            ("ship", "shipment"),
                            ("invoice", "invoice"),
                            ("complete", "completion"),
                            ("cancel", "cancellation"),
                            ("note", "note"),
                            ("refund", "refund"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("payload", models.JSONField(blank=True, default=dict, verbose_name="content")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("processing", "processing"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("dead", "given up"),
                            ("superseded", "superseded"),
                            ("cancelled", "cancelled"),
                        ],
                        default="pending",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("dedupe_key", models.CharField(max_length=200, unique=True, verbose_name="key")),
                (
                    "echo_status",
                    models.CharField(
                        blank=True,
                        help_text="What the shop answers afterwards; the change that our own write causes is recognised by it.",
                        max_length=100,
                        verbose_name="status set by us",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("not_before", models.DateTimeField(blank=True, null=True, verbose_name="not before")),
                ("claimed_by", models.CharField(blank=True, max_length=100, verbose_name="claimed by")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="claimed until")),
                (
                    "first_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="first attempt at"),
                ),
                (
                    "last_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last attempt at"),
                ),
                ("completed_at", models.DateTimeField(blank=True, null=True, verbose_name="completed at")),
                ("error_class", models.CharField(blank=True, max_length=20, verbose_name="error class")),
                ("error_code", models.CharField(blank=True, max_length=60, verbose_name="error code")),
                ("error_message", models.TextField(blank=True, verbose_name="error")),
                ("remedy", models.TextField(blank=True, verbose_name="remedy")),
                ("trace_id", models.CharField(blank=True, max_length=64, verbose_name="trace")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outbox",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "message to the shop",
                "verbose_name_plural": "messages to the shop",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="OrderPayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("code", models.CharField(blank=True, max_length=200, verbose_name="code")),
                ("title", models.TextField(blank=True, verbose_name="title")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="amount")),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="currency")),
                ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="paid at")),
                ("transaction_id", models.CharField(blank=True, max_length=255, verbose_name="transaction")),
                ("is_paid", models.BooleanField(default=False, verbose_name="paid")),
                ("is_authorised", models.BooleanField(default=False, verbose_name="authorised")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payments",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "order payment",
                "verbose_name_plural": "order payments",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="OrderTax",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rate_id", models.CharField(blank=True, max_length=100, verbose_name="rate id")),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                (
                    "rate_percent",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=12, null=True, verbose_name="rate %"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="amount")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="taxes",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "order tax",
                "verbose_name_plural": "order taxes",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="OrderVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("raw", models.JSONField(blank=True, default=dict, verbose_name="payload of the shop")),
                ("raw_hash", models.CharField(blank=True, max_length=64, verbose_name="payload hash")),
                (
                    "source",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("poll", "poll"),
                            ("webhook", "webhook"),
                            ("manual", "by hand"),
                            ("file", "file"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                ("status_remote", models.CharField(blank=True, max_length=100, verbose_name="shop status")),
                (
                    "updated_remote",
                    models.DateTimeField(blank=True, null=True, verbose_name="changed in the shop at"),
                ),
                ("seen_at", models.DateTimeField(blank=True, null=True, verbose_name="taken over at")),
                ("trace_id", models.CharField(blank=True, max_length=64, verbose_name="trace")),
                ("replaced_at", models.DateTimeField(auto_now_add=True, verbose_name="replaced at")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "earlier version of an order",
                "verbose_name_plural": "earlier versions of orders",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="ReturnOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, db_index=True, verbose_name="updated at")),
                ("remote_id", models.CharField(max_length=100, verbose_name="shop id")),
                (
                    "order_remote_id",
                    models.CharField(db_index=True, max_length=100, verbose_name="shop order id"),
                ),
                ("number", models.CharField(blank=True, max_length=100, verbose_name="shop number")),
                ("created_remote", models.DateTimeField(blank=True, null=True, verbose_name="returned at")),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="currency")),
                (
                    "total",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="total"
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "restock",
                    models.BooleanField(blank=True, null=True, verbose_name="goods go back to stock"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("staged", "staged"),
                            ("posted", "posted"),
                            ("held", "held"),
                            ("ignored", "ignored"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="staged",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("hold_code", models.CharField(blank=True, max_length=60, verbose_name="held because")),
                ("hold_subject", models.CharField(blank=True, max_length=255, verbose_name="concerns")),
                ("hold_message", models.TextField(blank=True, verbose_name="explanation")),
                (
                    "heal_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When a held return is tried again by itself.",
                        null=True,
                        verbose_name="next try at",
                    ),
                ),
                ("heal_attempts", models.PositiveIntegerField(default=0, verbose_name="tries")),
                (
                    "origin",
                    models.CharField(
                        choices=[("shop", "the shop"), ("erp", "the ERP")],
                        default="shop",
                        max_length=5,
                        verbose_name="made in",
                    ),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="deleted in the shop at"),
                ),
                (
                    "paid_back",
                    models.BooleanField(
                        blank=True,
                        help_text="No: the shop recorded the refund only, staff give the money back. Unknown: it does not tell.",
                        null=True,
                        verbose_name="paid back by the shop",
                    ),
                ),
                (
                    "payments",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Methods and amounts, where the shop tells.",
                        verbose_name="paid back by",
                    ),
                ),
                ("proof", models.JSONField(blank=True, default=list, verbose_name="proof of totals")),
                ("proof_ok", models.BooleanField(blank=True, null=True, verbose_name="totals proved")),
                (
                    "exchange_for",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="As the shop tells of an exchange.",
                        verbose_name="goods wanted instead",
                    ),
                ),
                ("raw", models.JSONField(blank=True, default=dict, verbose_name="payload of the shop")),
                ("content_hash", models.CharField(blank=True, max_length=64, verbose_name="content hash")),
                ("trace_id", models.CharField(blank=True, max_length=64, verbose_name="trace")),
                ("posted_at", models.DateTimeField(blank=True, null=True, verbose_name="posted at")),
                (
                    "credit_note",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.salesinvoice",
                        verbose_name="credit note",
                    ),
                ),
                (
                    "exchange_order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.salesorder",
                        verbose_name="sales order of the exchange",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "receipts",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="erp.receipt", verbose_name="refund receipts"
                    ),
                ),
                (
                    "sales_return",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.salesreturn",
                        verbose_name="sales return",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "shop return",
                "verbose_name_plural": "shop returns",
                "ordering": ("-created_remote", "-id"),
            },
        ),
        migrations.CreateModel(
            name="ReturnOrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(verbose_name="line")),
                ("kind", models.CharField(default="line", max_length=20, verbose_name="kind")),
                ("order_line_id", models.CharField(blank=True, max_length=100, verbose_name="shop line id")),
                ("sku", models.CharField(blank=True, max_length=255, verbose_name="SKU")),
                ("name", models.TextField(blank=True, verbose_name="name")),
                ("product_id", models.CharField(blank=True, max_length=100, verbose_name="product id")),
                ("variant_id", models.CharField(blank=True, max_length=100, verbose_name="variant id")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="quantity")),
                ("net", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="net")),
                ("tax", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="tax")),
                (
                    "taxes",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Rows of name, rate % and amount.",
                        verbose_name="tax per rate",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "return_order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.returnorder",
                        verbose_name="return",
                    ),
                ),
            ],
            options={
                "verbose_name": "return line",
                "verbose_name_plural": "return lines",
                "ordering": ("line_no", "id"),
            },
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["site", "state", "-created_remote"], name="orders_order_site_state"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["-created_remote", "-id"], name="orders_order_newest"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("imported_at__isnull", False)),
                fields=["imported_at"],
                name="orders_order_imported",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("heal_at__isnull", False)), fields=["heal_at"], name="orders_order_heal"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("site", "remote_id"), name="orders_order_site_remote"),
        ),
        migrations.AddConstraint(
            model_name="ordercomparison",
            constraint=models.UniqueConstraint(fields=("run", "remote_id"), name="orders_comparison_once"),
        ),
        migrations.AddConstraint(
            model_name="orderdocument",
            constraint=models.UniqueConstraint(
                fields=("document_type", "object_id"), name="orders_document_object"
            ),
        ),
        migrations.AddIndex(
            model_name="orderhold",
            index=models.Index(
                condition=models.Q(("released_at__isnull", True)),
                fields=["code", "subject"],
                name="orders_hold_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderhold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)),
                fields=("order", "code", "subject"),
                name="orders_hold_open",
            ),
        ),
        migrations.AddIndex(
            model_name="orderoutbox",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "processing"])),
                fields=["not_before", "id"],
                name="orders_outbox_due",
            ),
        ),
        migrations.AddIndex(
            model_name="orderversion",
            index=models.Index(fields=["replaced_at"], name="orders_version_replaced"),
        ),
        migrations.AddIndex(
            model_name="returnorder",
            index=models.Index(fields=["site", "state"], name="orders_return_site_state"),
        ),
        migrations.AddIndex(
            model_name="returnorder",
            index=models.Index(
                condition=models.Q(("heal_at__isnull", False)), fields=["heal_at"], name="orders_return_heal"
            ),
        ),
        migrations.AddConstraint(
            model_name="returnorder",
            constraint=models.UniqueConstraint(
                fields=("site", "remote_id"), name="orders_return_site_remote"
            ),
        ),
    ]
