from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import erp.models.document_links
from ecomsync.common.first_migration import FirstMigration


class Migration(FirstMigration):
    # A new database makes its tables in one go; one that is older goes on step by step.
    replaces = [
        ("erp", "0001_initial"),
        ("erp", "0002_returns_over_several_invoices"),
        ("erp", "0003_order_revisions_and_settlement"),
        ("erp", "0004_tax_numbers_in_one_form"),
        ("erp", "0005_invoice_printing"),
        ("erp", "0006_tax_parts"),
        ("erp", "0007_shipments_of_the_shop"),
        ("erp", "0008_customer_erasure"),
        ("erp", "0009_undelivered_part_of_returns"),
    ]
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Currency",
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
                        help_text="ISO 4217, such as SAR.",
                        max_length=3,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{3}$", "Enter the three capital letters of the currency, such as SAR."
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name1", models.CharField(blank=True, max_length=100, verbose_name="name 1 (Arabic)")),
                ("name2", models.CharField(blank=True, max_length=100, verbose_name="name 2 (English)")),
                (
                    "decimal_places",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Document totals are rounded to this many decimals.",
                        verbose_name="decimals",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "currency",
                "verbose_name_plural": "currencies",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="Account",
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
                    "account_type",
                    models.CharField(
                        choices=[
                            ("asset", "asset"),
                            ("liability", "liability"),
                            ("equity", "equity"),
                            ("income", "income"),
                            ("expense", "expense"),
                        ],
                        max_length=10,
                        verbose_name="account type",
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
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="Branch",
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
                "verbose_name": "branch",
                "verbose_name_plural": "branches",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="Brand",
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
                "verbose_name": "brand",
                "verbose_name_plural": "brands",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="CancelReason",
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
                "verbose_name": "cancel reason",
                "verbose_name_plural": "cancel reasons",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="Customer",
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
                ("description1", models.CharField(blank=True, max_length=500, verbose_name="description 1")),
                ("description2", models.CharField(blank=True, max_length=500, verbose_name="description 2")),
                ("description3", models.CharField(blank=True, max_length=500, verbose_name="description 3")),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("name1", models.CharField(blank=True, max_length=255, verbose_name="first name / company")),
                ("name2", models.CharField(blank=True, max_length=255, verbose_name="last name")),
                (
                    "customer_type",
                    models.CharField(
                        choices=[("individual", "individual"), ("company", "company")],
                        default="individual",
                        max_length=10,
                        verbose_name="customer type",
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        blank=True,
                        db_index=True,
                        help_text="Stored in small letters.",
                        max_length=254,
                        verbose_name="e-mail",
                    ),
                ),
                ("phone", models.CharField(blank=True, db_index=True, max_length=40, verbose_name="phone")),
                (
                    "mobile",
                    models.CharField(
                        blank=True,
                        db_index=True,
                        help_text="In international form, such as +966501234567.",
                        max_length=40,
                        verbose_name="mobile",
                    ),
                ),
                (
                    "tax_reg_no",
                    models.CharField(
                        blank=True, db_index=True, max_length=40, verbose_name="tax registration number"
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        blank=True,
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
                    "language",
                    models.CharField(
                        blank=True, help_text="Such as ar or en.", max_length=10, verbose_name="language"
                    ),
                ),
                (
                    "credit_limit",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="Empty: no limit.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="credit limit",
                    ),
                ),
                (
                    "credit_check",
                    models.CharField(
                        choices=[("none", "no check"), ("warn", "warn"), ("block", "block")],
                        default="none",
                        max_length=5,
                        verbose_name="credit check",
                    ),
                ),
                (
                    "payment_terms_days",
                    models.PositiveSmallIntegerField(default=0, verbose_name="payment terms (days)"),
                ),
                (
                    "blocked",
                    models.CharField(
                        choices=[
                            ("none", "not blocked"),
                            ("orders", "no new orders"),
                            ("all", "blocked altogether"),
                        ],
                        default="none",
                        max_length=6,
                        verbose_name="blocked",
                    ),
                ),
                (
                    "is_guest",
                    models.BooleanField(
                        default=False,
                        help_text="Bought without an account in the shop.",
                        verbose_name="guest",
                    ),
                ),
                ("marketing_consent", models.BooleanField(default=False, verbose_name="agreed to marketing")),
                (
                    "erased_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="personal data erased at"
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
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "ordering": ("code",),
                "permissions": [("erase_customer", "Can erase the personal data of a customer")],
            },
        ),
        migrations.CreateModel(
            name="CustomerAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                (
                    "kind",
                    models.CharField(
                        choices=[("billing", "billing"), ("shipping", "shipping")],
                        default="shipping",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("company", models.CharField(blank=True, max_length=255, verbose_name="company")),
                ("line1", models.CharField(blank=True, max_length=255, verbose_name="address line 1")),
                ("line2", models.CharField(blank=True, max_length=255, verbose_name="address line 2")),
                ("city", models.CharField(blank=True, max_length=100, verbose_name="city")),
                ("region", models.CharField(blank=True, max_length=100, verbose_name="region")),
                ("postal_code", models.CharField(blank=True, max_length=20, verbose_name="postal code")),
                (
                    "country",
                    models.CharField(
                        blank=True,
                        help_text="Two letters, such as SA.",
                        max_length=2,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{2}$", "Enter the two capital letters of the country, such as SA."
                            )
                        ],
                        verbose_name="country",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("is_default", models.BooleanField(default=False, verbose_name="default")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="erp.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer address",
                "verbose_name_plural": "customer addresses",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CustomerGroup",
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
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="erp.customergroup",
                        verbose_name="parent group",
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
                "verbose_name": "customer group",
                "verbose_name_plural": "customer groups",
                "ordering": ("code",),
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="customer_group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="customers",
                to="erp.customergroup",
                verbose_name="customer group",
            ),
        ),
        migrations.CreateModel(
            name="Department",
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
                "verbose_name": "department",
                "verbose_name_plural": "departments",
                "ordering": ("code",),
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="department",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.department",
                verbose_name="department",
            ),
        ),
        migrations.CreateModel(
            name="ExternalReference",
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
                    "model_label",
                    models.CharField(help_text="Such as erp.customer.", max_length=100, verbose_name="model"),
                ),
                ("object_id", models.BigIntegerField(verbose_name="row id")),
                ("system", models.CharField(max_length=64, verbose_name="system")),
                ("external_id", models.CharField(max_length=150, verbose_name="external id")),
            ],
            options={
                "verbose_name": "external reference",
                "verbose_name_plural": "external references",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(fields=["model_label", "object_id"], name="erp_externalreference_row")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("system", "model_label", "external_id"),
                        name="erp_externalreference_key",
                        violation_error_message="This external id belongs to another row already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Item",
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
                    "short_description",
                    models.TextField(blank=True, verbose_name="short description (English)"),
                ),
                (
                    "short_description_ar",
                    models.TextField(blank=True, verbose_name="short description (Arabic)"),
                ),
                (
                    "long_description",
                    models.TextField(
                        blank=True, help_text="HTML is allowed.", verbose_name="description (English)"
                    ),
                ),
                (
                    "long_description_ar",
                    models.TextField(
                        blank=True, help_text="HTML is allowed.", verbose_name="description (Arabic)"
                    ),
                ),
                (
                    "item_type",
                    models.CharField(
                        choices=[
                            ("stock", "stock item"),
                            ("service", "service"),
                            ("kit", "kit"),
                            ("template", "template of variants"),
                        ],
                        db_index=True,
                        default="stock",
                        max_length=10,
                        verbose_name="item type",
                    ),
                ),
                (
                    "weight",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        help_text="Of one base unit.",
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="weight",
                    ),
                ),
                (
                    "weight_unit",
                    models.CharField(
                        choices=[("kg", "kilogram"), ("g", "gram"), ("lb", "pound"), ("oz", "ounce")],
                        default="kg",
                        max_length=2,
                        verbose_name="weight unit",
                    ),
                ),
                (
                    "length",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="length (cm)",
                    ),
                ),
                (
                    "width",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="width (cm)",
                    ),
                ),
                (
                    "height",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="height (cm)",
                    ),
                ),
                (
                    "sales_price",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="In the base currency; used where no price list has a price.",
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="sales price",
                    ),
                ),
                (
                    "special_price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="Promotion price; kept apart from the sales price. Empty: no promotion.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="special price",
                    ),
                ),
                (
                    "special_price_from",
                    models.DateTimeField(blank=True, null=True, verbose_name="special price from"),
                ),
                (
                    "special_price_to",
                    models.DateTimeField(blank=True, null=True, verbose_name="special price to"),
                ),
                (
                    "standard_cost",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="standard cost",
                    ),
                ),
                (
                    "safety_stock",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        help_text="Kept back from what is offered for sale, in each warehouse that has no figure of its own.",
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="safety stock",
                    ),
                ),
                (
                    "allow_negative",
                    models.BooleanField(
                        default=False,
                        help_text="Ship even when the ledger shows no stock.",
                        verbose_name="may go negative",
                    ),
                ),
                (
                    "country_of_origin",
                    models.CharField(
                        blank=True,
                        help_text="Two letters.",
                        max_length=2,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{2}$", "Enter the two capital letters of the country, such as SA."
                            )
                        ],
                        verbose_name="country of origin",
                    ),
                ),
                (
                    "customs_code",
                    models.CharField(
                        blank=True, help_text="HS code.", max_length=20, verbose_name="customs code"
                    ),
                ),
                (
                    "sellable",
                    models.BooleanField(
                        default=True,
                        help_text="Offered in shops; an item can be active and not for sale.",
                        verbose_name="sellable",
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
                    "brand",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="erp.brand",
                        verbose_name="brand",
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
                (
                    "variant_of",
                    models.ForeignKey(
                        blank=True,
                        help_text="The template whose variant this item is.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="variants",
                        to="erp.item",
                        verbose_name="variant of",
                    ),
                ),
            ],
            options={
                "verbose_name": "item",
                "verbose_name_plural": "items",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="DeliveryMethod",
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
                ("carrier", models.CharField(blank=True, max_length=100, verbose_name="carrier")),
                (
                    "tracking_url_template",
                    models.CharField(
                        blank=True,
                        help_text="Address with {number} where the tracking number goes.",
                        max_length=500,
                        verbose_name="tracking address",
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
                (
                    "service_item",
                    models.ForeignKey(
                        blank=True,
                        help_text="The service item under which shipping is charged.",
                        limit_choices_to={"item_type": "service"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="shipping item",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery method",
                "verbose_name_plural": "delivery methods",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="ItemGroup",
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
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="erp.itemgroup",
                        verbose_name="parent group",
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
                "verbose_name": "item group",
                "verbose_name_plural": "item groups",
                "ordering": ("code",),
            },
        ),
        migrations.AddField(
            model_name="item",
            name="item_group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="erp.itemgroup",
                verbose_name="item group",
            ),
        ),
        migrations.CreateModel(
            name="ItemImage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, db_index=True, verbose_name="updated at")),
                ("file", models.FileField(blank=True, upload_to="items/", verbose_name="file")),
                ("url", models.URLField(blank=True, max_length=1000, verbose_name="address")),
                ("alt", models.CharField(blank=True, max_length=255, verbose_name="alternative text")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="images",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
            ],
            options={
                "verbose_name": "item image",
                "verbose_name_plural": "item images",
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="LegalEntity",
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
                    "commercial_reg_no",
                    models.CharField(
                        blank=True,
                        help_text="Printed on invoices below the tax number.",
                        max_length=40,
                        verbose_name="commercial registration number",
                    ),
                ),
                (
                    "address2",
                    models.TextField(
                        blank=True,
                        help_text="Printed on invoices in English. Empty: the address above.",
                        verbose_name="address (English)",
                    ),
                ),
                (
                    "invoice_language",
                    models.CharField(
                        choices=[
                            ("auto", "automatic"),
                            ("bilingual", "Arabic and English side by side"),
                            ("customer", "language of the customer"),
                            ("ar", "Arabic"),
                            ("en", "English"),
                        ],
                        default="auto",
                        help_text="Automatic: Arabic and English side by side when name 1 is Arabic, else the language of the customer.",
                        max_length=10,
                        verbose_name="language of invoices",
                    ),
                ),
                (
                    "invoice_qr",
                    models.CharField(
                        choices=[
                            ("auto", "when the tax number is Saudi"),
                            ("yes", "always"),
                            ("no", "never"),
                        ],
                        default="auto",
                        help_text="The code that Saudi tax invoices carry: seller, tax number, time, total and tax. It needs a Saudi tax registration number.",
                        max_length=4,
                        verbose_name="QR code",
                    ),
                ),
                (
                    "invoice_colour",
                    models.CharField(
                        default="#1f4e79",
                        help_text="Of headings and rules on the invoice.",
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^#[0-9a-fA-F]{6}$", "Enter a colour such as #1f4e79."
                            )
                        ],
                        verbose_name="colour",
                    ),
                ),
                (
                    "invoice_logo",
                    models.BinaryField(blank=True, default=b"", editable=True, verbose_name="logo"),
                ),
                (
                    "invoice_footer1",
                    models.TextField(
                        blank=True,
                        help_text="Such as bank account and terms of return; at the end of the invoice.",
                        max_length=600,
                        verbose_name="footer (Arabic)",
                    ),
                ),
                (
                    "invoice_footer2",
                    models.TextField(blank=True, max_length=600, verbose_name="footer (English)"),
                ),
                (
                    "invoice_link_days",
                    models.PositiveSmallIntegerField(
                        default=365,
                        help_text="How long the link that shops and customers get opens the invoice.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3650),
                        ],
                        verbose_name="public link valid for (days)",
                    ),
                ),
                (
                    "tax_reg_no",
                    models.CharField(blank=True, max_length=40, verbose_name="tax registration number"),
                ),
                ("address", models.TextField(blank=True, verbose_name="address")),
                (
                    "base_currency",
                    models.CharField(
                        default="SAR",
                        help_text="ISO 4217 code.",
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{3}$", "Enter the three capital letters of the currency, such as SAR."
                            )
                        ],
                        verbose_name="base currency",
                    ),
                ),
                (
                    "prices_include_tax",
                    models.BooleanField(
                        default=True,
                        help_text="Whether the sales prices of items include tax.",
                        verbose_name="prices include tax",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(default="Asia/Riyadh", max_length=50, verbose_name="time zone"),
                ),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
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
                "verbose_name": "legal entity",
                "verbose_name_plural": "legal entities",
                "ordering": ("code",),
            },
        ),
        migrations.AddField(
            model_name="item",
            name="legal_entity",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.legalentity",
                verbose_name="legal entity",
            ),
        ),
        migrations.CreateModel(
            name="Delivery",
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
                    "number",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Taken from the number series when the document is confirmed; drafts have none.",
                        max_length=40,
                        verbose_name="number",
                    ),
                ),
                (
                    "issue_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="issue date"),
                ),
                (
                    "value_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="value date"),
                ),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("shipped", "shipped"), ("cancelled", "cancelled")],
                        db_index=True,
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("carrier", models.CharField(blank=True, max_length=100, verbose_name="carrier")),
                (
                    "tracking_numbers",
                    models.JSONField(blank=True, default=list, verbose_name="tracking numbers"),
                ),
                (
                    "shipped_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="shipped at"),
                ),
                (
                    "external_id",
                    models.CharField(
                        blank=True, editable=False, max_length=100, verbose_name="shipment id in the shop"
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
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "ordering": ("-id",),
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="legal_entity",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.legalentity",
                verbose_name="legal entity",
            ),
        ),
        migrations.AddField(
            model_name="branch",
            name="legal_entity",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="branches",
                to="erp.legalentity",
                verbose_name="legal entity",
            ),
        ),
        migrations.CreateModel(
            name="NumberSeries",
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
                    "document_type",
                    models.CharField(
                        choices=[
                            ("sales_order", "sales order"),
                            ("delivery", "delivery"),
                            ("invoice", "invoice"),
                            ("credit_note", "credit note"),
                            ("return", "sales return"),
                            ("receipt", "receipt"),
                            ("stock_count", "stock count"),
                            ("price_update", "price update"),
                            ("customer", "customer"),
                            ("accounting_entry", "accounting entry"),
                        ],
                        max_length=30,
                        verbose_name="document type",
                    ),
                ),
                ("prefix", models.CharField(blank=True, max_length=20, verbose_name="prefix")),
                ("next_number", models.PositiveBigIntegerField(default=1, verbose_name="next number")),
                (
                    "padding",
                    models.PositiveSmallIntegerField(
                        default=6, help_text="Digits, filled with leading zeros.", verbose_name="padding"
                    ),
                ),
                (
                    "year_reset",
                    models.BooleanField(
                        default=False,
                        help_text="Puts the year in the number and restarts at 1 each year.",
                        verbose_name="restart every year",
                    ),
                ),
                (
                    "current_year",
                    models.PositiveSmallIntegerField(
                        blank=True, editable=False, null=True, verbose_name="current year"
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
                    "legal_entity",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: for every legal entity that has no series of its own.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="number_series",
                        to="erp.legalentity",
                        verbose_name="legal entity",
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
                "verbose_name": "number series",
                "verbose_name_plural": "number series",
                "ordering": ("document_type", "code"),
            },
        ),
        migrations.CreateModel(
            name="PaymentMethod",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("card", "card"),
                            ("transfer", "bank transfer"),
                            ("cash", "cash"),
                            ("cod", "cash on delivery"),
                            ("wallet", "wallet"),
                            ("voucher", "voucher"),
                        ],
                        default="card",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "settles_immediately",
                    models.BooleanField(
                        default=True,
                        help_text="The money counts as received when the order is paid in the shop.",
                        verbose_name="settles immediately",
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
                "verbose_name": "payment method",
                "verbose_name_plural": "payment methods",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="AccountingRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("invoice_lines", "invoice: items, net"),
                            ("invoice_discount", "invoice: header discount, net"),
                            ("invoice_charges", "invoice: charges, net"),
                            ("invoice_tax", "invoice: tax"),
                            ("invoice_rounding", "invoice: rounding"),
                            ("receipt", "receipt from a customer"),
                            ("receipt_fee", "receipt: settlement difference"),
                            ("stock_issue", "cost of goods that left"),
                        ],
                        db_index=True,
                        max_length=20,
                        verbose_name="event",
                    ),
                ),
                (
                    "credit_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.account",
                        verbose_name="credit account",
                    ),
                ),
                (
                    "debit_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.account",
                        verbose_name="debit account",
                    ),
                ),
                (
                    "customer_group",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: any.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="erp.customergroup",
                        verbose_name="customer group",
                    ),
                ),
                (
                    "legal_entity",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: any.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="erp.legalentity",
                        verbose_name="legal entity",
                    ),
                ),
                (
                    "payment_method",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: any.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="erp.paymentmethod",
                        verbose_name="payment method",
                    ),
                ),
            ],
            options={
                "verbose_name": "accounting rule",
                "verbose_name_plural": "accounting rules",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PaymentTerms",
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
                    "days",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Days from the invoice date to the due date.",
                        verbose_name="days",
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
                "verbose_name": "payment terms",
                "verbose_name_plural": "payment terms",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="PeriodLock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, db_index=True, verbose_name="updated at")),
                ("locked_until", models.DateField(verbose_name="locked until")),
                (
                    "legal_entity",
                    models.OneToOneField(
                        blank=True,
                        help_text="Empty: all.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="period_lock",
                        to="erp.legalentity",
                        verbose_name="legal entity",
                    ),
                ),
            ],
            options={
                "verbose_name": "period lock",
                "verbose_name_plural": "period locks",
            },
        ),
        migrations.CreateModel(
            name="PriceList",
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
                    "currency",
                    models.CharField(
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{3}$", "Enter the three capital letters of the currency, such as SAR."
                            )
                        ],
                        verbose_name="currency",
                    ),
                ),
                ("prices_include_tax", models.BooleanField(default=True, verbose_name="prices include tax")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Of several lists of a customer group, the smallest number wins.",
                        verbose_name="priority",
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
                    "customer_groups",
                    models.ManyToManyField(
                        blank=True,
                        related_name="price_lists",
                        to="erp.customergroup",
                        verbose_name="customer groups",
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
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        help_text="Asked for prices that this list lacks.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="erp.pricelist",
                        verbose_name="parent price list",
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
                "verbose_name": "price list",
                "verbose_name_plural": "price lists",
                "ordering": ("priority", "code"),
            },
        ),
        migrations.AddField(
            model_name="customergroup",
            name="price_list",
            field=models.ForeignKey(
                blank=True,
                help_text="For customers of this group that have no list of their own.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.pricelist",
                verbose_name="price list",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="price_list",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.pricelist",
                verbose_name="price list",
            ),
        ),
        migrations.CreateModel(
            name="ReturnReason",
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
                    "restock_default",
                    models.BooleanField(
                        default=True,
                        help_text="Whether goods returned for this reason can be sold again.",
                        verbose_name="restock by default",
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
                "verbose_name": "return reason",
                "verbose_name_plural": "return reasons",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="SalesInvoice",
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
                    "number",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Taken from the number series when the document is confirmed; drafts have none.",
                        max_length=40,
                        verbose_name="number",
                    ),
                ),
                (
                    "issue_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="issue date"),
                ),
                (
                    "value_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="value date"),
                ),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "currency",
                    models.CharField(
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
                    "exchange_rate",
                    models.DecimalField(
                        decimal_places=6,
                        default=1,
                        help_text="What one unit of the currency is worth in the base currency.",
                        max_digits=15,
                        verbose_name="exchange rate",
                    ),
                ),
                ("prices_include_tax", models.BooleanField(default=True, verbose_name="prices include tax")),
                (
                    "lines_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="lines, net",
                    ),
                ),
                (
                    "discount_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="A positive amount that is taken off.",
                        max_digits=18,
                        verbose_name="header discount, net",
                    ),
                ),
                (
                    "discount_tax",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        max_digits=18,
                        verbose_name="tax of the header discount",
                    ),
                ),
                (
                    "discount_tax_parts",
                    models.JSONField(
                        blank=True,
                        default=list,
                        editable=False,
                        verbose_name="tax of the header discount per rate",
                    ),
                ),
                (
                    "charges_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="charges, net",
                    ),
                ),
                (
                    "tax_total",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="tax",
                    ),
                ),
                (
                    "rounding",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="rounding"
                    ),
                ),
                (
                    "grand_total",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="grand total",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "invoice"), ("credit_note", "credit note")],
                        db_index=True,
                        default="invoice",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("issued", "issued"),
                            ("partially_paid", "partially paid"),
                            ("paid", "paid"),
                            ("cancelled", "cancelled"),
                        ],
                        db_index=True,
                        default="draft",
                        editable=False,
                        max_length=15,
                        verbose_name="state",
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=64, verbose_name="channel")),
                ("supply_date", models.DateField(blank=True, null=True, verbose_name="supply date")),
                ("due_date", models.DateField(blank=True, null=True, verbose_name="due date")),
                (
                    "issued_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="issued at"),
                ),
                (
                    "billing_address",
                    models.JSONField(blank=True, default=dict, verbose_name="billing address"),
                ),
                (
                    "paid_amount",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="paid",
                    ),
                ),
                (
                    "credited_amount",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        help_text="Set off between invoice and credit notes.",
                        max_digits=18,
                        verbose_name="credited",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Why it was credited.", max_length=500, verbose_name="reason"
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
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="erp.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="erp.delivery",
                        verbose_name="delivery",
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
                    "original_invoice",
                    models.ForeignKey(
                        blank=True,
                        help_text="The invoice that a credit note takes back.",
                        limit_choices_to={"kind": "invoice"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="erp.salesinvoice",
                        verbose_name="original invoice",
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
                "verbose_name": "sales invoice",
                "verbose_name_plural": "sales invoices",
                "ordering": ("-id",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="InvoiceTax",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("tax_code", models.CharField(blank=True, max_length=20, verbose_name="tax code")),
                (
                    "rate",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="rate %"
                    ),
                ),
                (
                    "taxable_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="taxable amount"
                    ),
                ),
                (
                    "tax_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="tax"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="taxes",
                        to="erp.salesinvoice",
                        verbose_name="invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax of the invoice",
                "verbose_name_plural": "taxes of the invoice",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SalesOrder",
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
                    "number",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Taken from the number series when the document is confirmed; drafts have none.",
                        max_length=40,
                        verbose_name="number",
                    ),
                ),
                (
                    "issue_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="issue date"),
                ),
                (
                    "value_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="value date"),
                ),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "currency",
                    models.CharField(
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
                    "exchange_rate",
                    models.DecimalField(
                        decimal_places=6,
                        default=1,
                        help_text="What one unit of the currency is worth in the base currency.",
                        max_digits=15,
                        verbose_name="exchange rate",
                    ),
                ),
                ("prices_include_tax", models.BooleanField(default=True, verbose_name="prices include tax")),
                (
                    "lines_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="lines, net",
                    ),
                ),
                (
                    "discount_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="A positive amount that is taken off.",
                        max_digits=18,
                        verbose_name="header discount, net",
                    ),
                ),
                (
                    "discount_tax",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        max_digits=18,
                        verbose_name="tax of the header discount",
                    ),
                ),
                (
                    "discount_tax_parts",
                    models.JSONField(
                        blank=True,
                        default=list,
                        editable=False,
                        verbose_name="tax of the header discount per rate",
                    ),
                ),
                (
                    "charges_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="charges, net",
                    ),
                ),
                (
                    "tax_total",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="tax",
                    ),
                ),
                (
                    "rounding",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="rounding"
                    ),
                ),
                (
                    "grand_total",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="grand total",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("on_hold", "on hold"),
                            ("confirmed", "confirmed"),
                            ("partially_delivered", "partially delivered"),
                            ("delivered", "delivered"),
                            ("invoiced", "invoiced"),
                            ("completed", "completed"),
                            ("cancelled", "cancelled"),
                        ],
                        db_index=True,
                        default="draft",
                        editable=False,
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        help_text="Code of the shop's site.",
                        max_length=64,
                        verbose_name="channel",
                    ),
                ),
                (
                    "external_number",
                    models.CharField(
                        blank=True, db_index=True, max_length=100, verbose_name="order number in the shop"
                    ),
                ),
                (
                    "external_id",
                    models.CharField(blank=True, max_length=100, verbose_name="order id in the shop"),
                ),
                (
                    "content_hash",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="content hash"),
                ),
                (
                    "order_date",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="ordered at"
                    ),
                ),
                (
                    "requested_delivery_date",
                    models.DateField(blank=True, null=True, verbose_name="requested delivery date"),
                ),
                (
                    "billing_address",
                    models.JSONField(blank=True, default=dict, verbose_name="billing address"),
                ),
                (
                    "shipping_address",
                    models.JSONField(blank=True, default=dict, verbose_name="shipping address"),
                ),
                ("coupon_code", models.CharField(blank=True, max_length=255, verbose_name="coupon code")),
                ("note", models.TextField(blank=True, verbose_name="customer note")),
                (
                    "hold_reason",
                    models.CharField(
                        blank=True, editable=False, max_length=500, verbose_name="reason of hold"
                    ),
                ),
                (
                    "notice",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Such as a passed credit limit.",
                        max_length=500,
                        verbose_name="notice",
                    ),
                ),
                (
                    "cancel_reason",
                    models.CharField(
                        blank=True, editable=False, max_length=500, verbose_name="reason of cancellation"
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
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales_orders",
                        to="erp.customer",
                        verbose_name="customer",
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
                "verbose_name": "sales order",
                "verbose_name_plural": "sales orders",
                "ordering": ("-id",),
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="salesinvoice",
            name="order",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoices",
                to="erp.salesorder",
                verbose_name="sales order",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="erp.salesorder",
                verbose_name="sales order",
            ),
        ),
        migrations.CreateModel(
            name="SalesPerson",
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
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
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
                "verbose_name": "sales person",
                "verbose_name_plural": "sales persons",
                "ordering": ("code",),
            },
        ),
        migrations.AddField(
            model_name="salesorder",
            name="salesperson",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.salesperson",
                verbose_name="sales person",
            ),
        ),
        migrations.CreateModel(
            name="SalesReturn",
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
                    "number",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Taken from the number series when the document is confirmed; drafts have none.",
                        max_length=40,
                        verbose_name="number",
                    ),
                ),
                (
                    "issue_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="issue date"),
                ),
                (
                    "value_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="value date"),
                ),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "currency",
                    models.CharField(
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
                    "exchange_rate",
                    models.DecimalField(
                        decimal_places=6,
                        default=1,
                        help_text="What one unit of the currency is worth in the base currency.",
                        max_digits=15,
                        verbose_name="exchange rate",
                    ),
                ),
                ("prices_include_tax", models.BooleanField(default=True, verbose_name="prices include tax")),
                (
                    "lines_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="lines, net",
                    ),
                ),
                (
                    "discount_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="A positive amount that is taken off.",
                        max_digits=18,
                        verbose_name="header discount, net",
                    ),
                ),
                (
                    "discount_tax",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        max_digits=18,
                        verbose_name="tax of the header discount",
                    ),
                ),
                (
                    "discount_tax_parts",
                    models.JSONField(
                        blank=True,
                        default=list,
                        editable=False,
                        verbose_name="tax of the header discount per rate",
                    ),
                ),
                (
                    "charges_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="charges, net",
                    ),
                ),
                (
                    "tax_total",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="tax",
                    ),
                ),
                (
                    "rounding",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="rounding"
                    ),
                ),
                (
                    "grand_total",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="grand total",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "requested"),
                            ("received", "received"),
                            ("credited", "credited"),
                            ("rejected", "rejected"),
                            ("reversed", "reversed"),
                        ],
                        db_index=True,
                        default="requested",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=64, verbose_name="channel")),
                (
                    "external_number",
                    models.CharField(
                        blank=True, db_index=True, max_length=100, verbose_name="return number in the shop"
                    ),
                ),
                (
                    "external_id",
                    models.CharField(blank=True, max_length=100, verbose_name="return id in the shop"),
                ),
                (
                    "content_hash",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="content hash"),
                ),
                (
                    "return_date",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="returned at"),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("restocked", models.BooleanField(default=False, editable=False, verbose_name="restocked")),
                (
                    "received_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="received at"),
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
                    "credit_note",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credited_return",
                        to="erp.salesinvoice",
                        verbose_name="credit note",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales_returns",
                        to="erp.customer",
                        verbose_name="customer",
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
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales_returns",
                        to="erp.salesinvoice",
                        verbose_name="invoice",
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
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales_returns",
                        to="erp.salesorder",
                        verbose_name="sales order",
                    ),
                ),
                (
                    "return_reason",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.returnreason",
                        verbose_name="return reason",
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
                "verbose_name": "sales return",
                "verbose_name_plural": "sales returns",
                "ordering": ("-id",),
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="salesinvoice",
            name="sales_return",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                help_text="The return that a credit note credits; one over several invoices has a note for each.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_notes",
                to="erp.salesreturn",
                verbose_name="sales return",
            ),
        ),
        migrations.CreateModel(
            name="Sector",
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
                "verbose_name": "sector",
                "verbose_name_plural": "sectors",
                "ordering": ("code",),
            },
        ),
        migrations.AddField(
            model_name="salesreturn",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.sector",
                verbose_name="sector",
            ),
        ),
        migrations.AddField(
            model_name="salesorder",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.sector",
                verbose_name="sector",
            ),
        ),
        migrations.AddField(
            model_name="salesinvoice",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.sector",
                verbose_name="sector",
            ),
        ),
        migrations.CreateModel(
            name="Receipt",
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
                    "number",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Taken from the number series when the document is confirmed; drafts have none.",
                        max_length=40,
                        verbose_name="number",
                    ),
                ),
                (
                    "issue_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="issue date"),
                ),
                (
                    "value_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="value date"),
                ),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("posted", "posted"), ("reversed", "reversed")],
                        db_index=True,
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("payment", "payment"), ("refund", "refund")],
                        default="payment",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=64, verbose_name="channel")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="amount")),
                (
                    "currency",
                    models.CharField(
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
                    "withheld",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="Part of the amount that never reached us: the fee of the payment provider, or a few cents paid short.",
                        max_digits=18,
                        verbose_name="settlement difference",
                    ),
                ),
                (
                    "exchange_rate",
                    models.DecimalField(
                        decimal_places=6, default=1, max_digits=15, verbose_name="exchange rate"
                    ),
                ),
                ("paid_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="paid at")),
                (
                    "transaction_id",
                    models.CharField(
                        blank=True,
                        help_text="Of the payment provider; unique per method.",
                        max_length=150,
                        verbose_name="transaction id",
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
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="erp.customer",
                        verbose_name="customer",
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
                    "fee_item",
                    models.ForeignKey(
                        blank=True,
                        help_text="What the settlement difference is booked as.",
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
                    "payment_method",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.paymentmethod",
                        verbose_name="payment method",
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
            ],
            options={
                "verbose_name": "receipt",
                "verbose_name_plural": "receipts",
                "ordering": ("-id",),
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="pricelist",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.sector",
                verbose_name="sector",
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.sector",
                verbose_name="sector",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.sector",
                verbose_name="sector",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.sector",
                verbose_name="sector",
            ),
        ),
        migrations.CreateModel(
            name="AccountingEntry",
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
                    "number",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Taken from the number series when the document is confirmed; drafts have none.",
                        max_length=40,
                        verbose_name="number",
                    ),
                ),
                (
                    "issue_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="issue date"),
                ),
                (
                    "value_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="value date"),
                ),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("source_type", models.CharField(max_length=30, verbose_name="source type")),
                ("source_id", models.BigIntegerField(verbose_name="source id")),
                ("description", models.CharField(blank=True, max_length=255, verbose_name="description")),
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
            ],
            options={
                "verbose_name": "accounting entry",
                "verbose_name_plural": "accounting entries",
                "ordering": ("-id",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StockCount",
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
                    "number",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Taken from the number series when the document is confirmed; drafts have none.",
                        max_length=40,
                        verbose_name="number",
                    ),
                ),
                (
                    "issue_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="issue date"),
                ),
                (
                    "value_date",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="value date"),
                ),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("posted", "posted"), ("cancelled", "cancelled")],
                        db_index=True,
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "posted_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="posted at"),
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
                "verbose_name": "stock count",
                "verbose_name_plural": "stock counts",
                "ordering": ("-id",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StockCountLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                (
                    "counted_quantity",
                    models.DecimalField(
                        decimal_places=6, help_text="In the base unit.", max_digits=18, verbose_name="counted"
                    ),
                ),
                (
                    "expected_quantity",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        editable=False,
                        help_text="On hand when it was posted.",
                        max_digits=18,
                        null=True,
                        verbose_name="expected",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        limit_choices_to={"item_type": "stock"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "stock_count",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="erp.stockcount",
                        verbose_name="stock count",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock count line",
                "verbose_name_plural": "stock count lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TaxPlan",
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
                "verbose_name": "tax plan",
                "verbose_name_plural": "tax plans",
                "ordering": ("code",),
            },
        ),
        migrations.AddField(
            model_name="item",
            name="tax_plan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.taxplan",
                verbose_name="tax plan",
            ),
        ),
        migrations.AddField(
            model_name="customergroup",
            name="tax_plan_override",
            field=models.ForeignKey(
                blank=True,
                help_text="Takes the place of the item's tax plan for these customers.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.taxplan",
                verbose_name="tax plan",
            ),
        ),
        migrations.CreateModel(
            name="TaxPlanLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("tax_code", models.CharField(max_length=20, verbose_name="tax code")),
                (
                    "rate",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        help_text="15 means fifteen percent.",
                        max_digits=9,
                        verbose_name="rate %",
                    ),
                ),
                (
                    "applies_to",
                    models.CharField(
                        choices=[
                            ("goods", "goods"),
                            ("shipping", "shipping"),
                            ("both", "goods and shipping"),
                        ],
                        default="both",
                        max_length=10,
                        verbose_name="applies to",
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True,
                        help_text="Country delivered to; empty: every country.",
                        max_length=2,
                        verbose_name="country",
                    ),
                ),
                (
                    "customer_kind",
                    models.CharField(
                        choices=[
                            ("any", "any customer"),
                            ("b2c", "consumer"),
                            ("b2b_with_tax_no", "business with tax number"),
                        ],
                        default="any",
                        max_length=20,
                        verbose_name="customer kind",
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                (
                    "exemption_text",
                    models.CharField(
                        blank=True,
                        help_text="Printed on invoices at rate zero.",
                        max_length=255,
                        verbose_name="exemption text",
                    ),
                ),
                (
                    "tax_plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="erp.taxplan",
                        verbose_name="tax plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax plan line",
                "verbose_name_plural": "tax plan lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UnitOfMeasure",
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
                    "decimals_allowed",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Decimals a quantity in this unit may have.",
                        verbose_name="decimals allowed",
                    ),
                ),
                (
                    "unece_code",
                    models.CharField(
                        blank=True,
                        help_text="UN/ECE recommendation 20, such as C62 or KGM.",
                        max_length=3,
                        verbose_name="UNECE code",
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
                "verbose_name": "unit of measure",
                "verbose_name_plural": "units of measure",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="SalesOrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("description", models.CharField(blank=True, max_length=500, verbose_name="description")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="quantity")),
                (
                    "unit_price",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="With or without tax, as the document says.",
                        max_digits=18,
                        verbose_name="unit price",
                    ),
                ),
                (
                    "subtotal_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="Without tax, before line discounts.",
                        max_digits=18,
                        verbose_name="before discount",
                    ),
                ),
                (
                    "discount_amount",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="Without tax.",
                        max_digits=18,
                        verbose_name="discount",
                    ),
                ),
                (
                    "discount_percent",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=9, verbose_name="discount %"
                    ),
                ),
                (
                    "net_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="net amount"
                    ),
                ),
                ("tax_code", models.CharField(blank=True, max_length=20, verbose_name="tax code")),
                (
                    "tax_rate",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="tax rate %"
                    ),
                ),
                (
                    "tax_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="tax"
                    ),
                ),
                (
                    "tax_parts",
                    models.JSONField(
                        blank=True,
                        default=list,
                        editable=False,
                        help_text="Only where several rates meet: code, rate and amount of each.",
                        verbose_name="tax per rate",
                    ),
                ),
                (
                    "gross_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="gross amount"
                    ),
                ),
                (
                    "external_line_id",
                    models.CharField(blank=True, max_length=100, verbose_name="line id in the shop"),
                ),
                (
                    "delivered_qty",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="delivered",
                    ),
                ),
                (
                    "invoiced_qty",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="invoiced",
                    ),
                ),
                (
                    "returned_qty",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        editable=False,
                        max_digits=18,
                        verbose_name="returned",
                    ),
                ),
                (
                    "cancelled_qty",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        editable=False,
                        help_text="Refunded before it was delivered.",
                        max_digits=18,
                        verbose_name="cancelled",
                    ),
                ),
                (
                    "waived_qty",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        editable=False,
                        help_text="Cancelled or returned before it was invoiced.",
                        max_digits=18,
                        verbose_name="not to be invoiced",
                    ),
                ),
                (
                    "shortage_qty",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        editable=False,
                        help_text="Back-ordered, in base units.",
                        max_digits=18,
                        verbose_name="short at confirmation",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
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
                        to="erp.salesorder",
                        verbose_name="sales order",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.unitofmeasure",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "sales order line",
                "verbose_name_plural": "sales order lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SalesInvoiceLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("description", models.CharField(blank=True, max_length=500, verbose_name="description")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="quantity")),
                (
                    "unit_price",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="With or without tax, as the document says.",
                        max_digits=18,
                        verbose_name="unit price",
                    ),
                ),
                (
                    "subtotal_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="Without tax, before line discounts.",
                        max_digits=18,
                        verbose_name="before discount",
                    ),
                ),
                (
                    "discount_amount",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="Without tax.",
                        max_digits=18,
                        verbose_name="discount",
                    ),
                ),
                (
                    "discount_percent",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=9, verbose_name="discount %"
                    ),
                ),
                (
                    "net_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="net amount"
                    ),
                ),
                ("tax_code", models.CharField(blank=True, max_length=20, verbose_name="tax code")),
                (
                    "tax_rate",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="tax rate %"
                    ),
                ),
                (
                    "tax_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="tax"
                    ),
                ),
                (
                    "tax_parts",
                    models.JSONField(
                        blank=True,
                        default=list,
                        editable=False,
                        help_text="Only where several rates meet: code, rate and amount of each.",
                        verbose_name="tax per rate",
                    ),
                ),
                (
                    "gross_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="gross amount"
                    ),
                ),
                (
                    "external_line_id",
                    models.CharField(blank=True, max_length=100, verbose_name="line id in the shop"),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="erp.salesinvoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoice_lines",
                        to="erp.salesorderline",
                        verbose_name="order line",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.unitofmeasure",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice line",
                "verbose_name_plural": "invoice lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ItemUnit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                (
                    "factor_to_base",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="How many base units one of this unit holds.",
                        max_digits=18,
                        verbose_name="base units in it",
                    ),
                ),
                ("is_sales_default", models.BooleanField(default=False, verbose_name="default in sales")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="units",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.unitofmeasure",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "item unit",
                "verbose_name_plural": "item units",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ItemPrice",
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
                    "min_quantity",
                    models.DecimalField(
                        decimal_places=6,
                        default=1,
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="from quantity",
                    ),
                ),
                (
                    "price",
                    models.DecimalField(
                        decimal_places=4,
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price",
                    ),
                ),
                (
                    "discount_percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="Taken off the price.",
                        max_digits=9,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="discount %",
                    ),
                ),
                (
                    "special_price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="Promotion price of this list; empty: none.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="special price",
                    ),
                ),
                (
                    "special_price_from",
                    models.DateTimeField(blank=True, null=True, verbose_name="special price from"),
                ),
                (
                    "special_price_to",
                    models.DateTimeField(blank=True, null=True, verbose_name="special price to"),
                ),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: for every customer of this list.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="erp.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="erp.pricelist",
                        verbose_name="price list",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the base unit.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.unitofmeasure",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "item price",
                "verbose_name_plural": "item prices",
                "ordering": ("price_list", "item", "min_quantity", "id"),
            },
        ),
        migrations.CreateModel(
            name="ItemBarcode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("barcode", models.CharField(db_index=True, max_length=64, verbose_name="barcode")),
                (
                    "barcode_type",
                    models.CharField(
                        choices=[
                            ("ean13", "EAN-13"),
                            ("ean8", "EAN-8"),
                            ("upca", "UPC-A"),
                            ("itf14", "ITF-14"),
                            ("code128", "Code 128"),
                            ("other", "other"),
                        ],
                        default="ean13",
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="barcodes",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the base unit.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.unitofmeasure",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "barcode",
                "verbose_name_plural": "barcodes",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="item",
            name="base_unit",
            field=models.ForeignKey(
                blank=True,
                help_text="Stock is kept in this unit.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.unitofmeasure",
                verbose_name="base unit",
            ),
        ),
        migrations.CreateModel(
            name="Warehouse",
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
                ("address", models.TextField(blank=True, verbose_name="address")),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="Used when an order names no warehouse.",
                        verbose_name="default",
                    ),
                ),
                (
                    "sellable",
                    models.BooleanField(
                        default=True, help_text="Its stock may be offered in shops.", verbose_name="sellable"
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        default=10, help_text="The smallest number is used first.", verbose_name="priority"
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
                "verbose_name": "warehouse",
                "verbose_name_plural": "warehouses",
                "ordering": ("priority", "code"),
            },
        ),
        migrations.CreateModel(
            name="StockReservation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=100, verbose_name="reference")),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="In the base unit.",
                        max_digits=18,
                        verbose_name="quantity",
                    ),
                ),
                (
                    "consumed_quantity",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=18, verbose_name="consumed"
                    ),
                ),
                (
                    "released_quantity",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=18, verbose_name="released"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "active"), ("consumed", "consumed"), ("released", "released")],
                        db_index=True,
                        default="active",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reservations",
                        to="erp.salesorderline",
                        verbose_name="order line",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="erp.warehouse",
                        verbose_name="warehouse",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock reservation",
                "verbose_name_plural": "stock reservations",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="StockMovement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="In the base unit; negative when goods leave.",
                        max_digits=18,
                        verbose_name="quantity",
                    ),
                ),
                (
                    "movement_type",
                    models.CharField(
                        choices=[
                            ("opening", "opening stock"),
                            ("receipt", "goods receipt"),
                            ("issue", "goods issue"),
                            ("transfer_in", "transfer in"),
                            ("transfer_out", "transfer out"),
                            ("count_adjustment", "count adjustment"),
                            ("sales_issue", "sales issue"),
                            ("sales_return", "sales return"),
                        ],
                        max_length=20,
                        verbose_name="movement type",
                    ),
                ),
                (
                    "balance_after",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="On hand in this warehouse after the movement.",
                        max_digits=18,
                        verbose_name="balance after",
                    ),
                ),
                ("source_type", models.CharField(blank=True, max_length=30, verbose_name="source type")),
                ("source_id", models.BigIntegerField(blank=True, null=True, verbose_name="source id")),
                ("source_line", models.BigIntegerField(blank=True, null=True, verbose_name="source line")),
                ("source_label", models.CharField(blank=True, max_length=100, verbose_name="source")),
                (
                    "unit_cost",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="unit cost"
                    ),
                ),
                (
                    "posted_at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="posted at"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "reversal_of",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="erp.stockmovement",
                        verbose_name="reversal of",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="erp.warehouse",
                        verbose_name="warehouse",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock movement",
                "verbose_name_plural": "stock card",
                "ordering": ("-id",),
            },
        ),
        migrations.AddField(
            model_name="stockcount",
            name="warehouse",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counts",
                to="erp.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.CreateModel(
            name="StockBalance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "on_hand",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=18, verbose_name="on hand"
                    ),
                ),
                (
                    "reserved",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=18, verbose_name="reserved"
                    ),
                ),
                (
                    "incoming",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=18, verbose_name="incoming"
                    ),
                ),
                (
                    "safety_stock",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="Empty: the figure of the item.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="safety stock",
                    ),
                ),
                (
                    "allow_negative",
                    models.BooleanField(default=False, editable=False, verbose_name="may go negative"),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, db_index=True, verbose_name="updated at")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="balances",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "last_movement",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.stockmovement",
                        verbose_name="last movement",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="balances",
                        to="erp.warehouse",
                        verbose_name="warehouse",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock balance",
                "verbose_name_plural": "stock balances",
                "ordering": ("item", "warehouse"),
            },
        ),
        migrations.CreateModel(
            name="SalesReturnLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("description", models.CharField(blank=True, max_length=500, verbose_name="description")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="quantity")),
                (
                    "unit_price",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="With or without tax, as the document says.",
                        max_digits=18,
                        verbose_name="unit price",
                    ),
                ),
                (
                    "subtotal_net",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="Without tax, before line discounts.",
                        max_digits=18,
                        verbose_name="before discount",
                    ),
                ),
                (
                    "discount_amount",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="Without tax.",
                        max_digits=18,
                        verbose_name="discount",
                    ),
                ),
                (
                    "discount_percent",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=9, verbose_name="discount %"
                    ),
                ),
                (
                    "net_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="net amount"
                    ),
                ),
                ("tax_code", models.CharField(blank=True, max_length=20, verbose_name="tax code")),
                (
                    "tax_rate",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="tax rate %"
                    ),
                ),
                (
                    "tax_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="tax"
                    ),
                ),
                (
                    "tax_parts",
                    models.JSONField(
                        blank=True,
                        default=list,
                        editable=False,
                        help_text="Only where several rates meet: code, rate and amount of each.",
                        verbose_name="tax per rate",
                    ),
                ),
                (
                    "gross_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="gross amount"
                    ),
                ),
                (
                    "external_line_id",
                    models.CharField(blank=True, max_length=100, verbose_name="line id in the shop"),
                ),
                ("condition", models.CharField(blank=True, max_length=255, verbose_name="condition")),
                (
                    "cancelled_qty",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        editable=False,
                        help_text="The part that had not left the warehouse.",
                        max_digits=18,
                        verbose_name="cancelled",
                    ),
                ),
                (
                    "waived_qty",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal("0"),
                        editable=False,
                        help_text="The part that had not been invoiced: it is taken off the order instead of credited.",
                        max_digits=18,
                        verbose_name="not to be invoiced",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="return_lines",
                        to="erp.salesorderline",
                        verbose_name="order line",
                    ),
                ),
                (
                    "sales_return",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="erp.salesreturn",
                        verbose_name="sales return",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.unitofmeasure",
                        verbose_name="unit",
                    ),
                ),
                (
                    "restock_warehouse",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the warehouse it was delivered from.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.warehouse",
                        verbose_name="restock in",
                    ),
                ),
            ],
            options={
                "verbose_name": "sales return line",
                "verbose_name_plural": "sales return lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="salesorderline",
            name="warehouse",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="salesorder",
            name="warehouse",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.CreateModel(
            name="DeliveryLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="quantity")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="erp.delivery",
                        verbose_name="delivery",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delivery_lines",
                        to="erp.salesorderline",
                        verbose_name="order line",
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
                "verbose_name": "delivery line",
                "verbose_name_plural": "delivery lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="warehouse",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="erp.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.CreateModel(
            name="AccountingEntryLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                (
                    "debit",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="debit"
                    ),
                ),
                (
                    "credit",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="credit"
                    ),
                ),
                ("tax_code", models.CharField(blank=True, max_length=20, verbose_name="tax code")),
                (
                    "currency",
                    models.CharField(
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
                    "amount_currency",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="In the currency of the document; credit is negative.",
                        max_digits=18,
                        verbose_name="amount in currency",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="erp.accountingentry",
                        verbose_name="accounting entry",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry line",
                "verbose_name_plural": "entry lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("debit__gte", 0),
                            ("credit__gte", 0),
                            models.Q(("debit", 0), ("credit", 0), _connector="OR"),
                        ),
                        name="erp_accountingentryline_one_side",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, db_index=True, verbose_name="updated at")),
                ("date", models.DateField(default=django.utils.timezone.localdate, verbose_name="from date")),
                (
                    "rate_to_base",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="How much one unit is worth in the base currency.",
                        max_digits=15,
                        verbose_name="rate to base currency",
                    ),
                ),
                (
                    "currency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rates",
                        to="erp.currency",
                        verbose_name="currency",
                    ),
                ),
            ],
            options={
                "verbose_name": "exchange rate",
                "verbose_name_plural": "exchange rates",
                "ordering": ("currency", "-date"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("currency", "date"), name="erp_exchangerate_currency_date"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate_to_base__gt", 0)),
                        name="erp_exchangerate_positive",
                        violation_error_message="The rate must be greater than zero.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemAttributeValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "attribute",
                    models.CharField(
                        help_text="Such as Size or Colour.", max_length=100, verbose_name="attribute"
                    ),
                ),
                ("value", models.CharField(max_length=255, verbose_name="value")),
                ("value_ar", models.CharField(blank=True, max_length=255, verbose_name="value (Arabic)")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attribute_values",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
            ],
            options={
                "verbose_name": "item attribute",
                "verbose_name_plural": "item attributes",
                "ordering": ("position", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("item", "attribute"),
                        name="erp_itemattributevalue_item_attribute",
                        violation_error_message="An item has one value per attribute.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KitComponent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="Base units of the component in one kit.",
                        max_digits=18,
                        verbose_name="quantity",
                    ),
                ),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="part_of_kits",
                        to="erp.item",
                        verbose_name="component",
                    ),
                ),
                (
                    "kit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="components",
                        to="erp.item",
                        verbose_name="kit",
                    ),
                ),
            ],
            options={
                "verbose_name": "kit component",
                "verbose_name_plural": "kit components",
                "ordering": ("line_no", "id"),
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kit", "component"),
                        name="erp_kitcomponent_kit_component",
                        violation_error_message="This component stands twice in the kit.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)),
                        name="erp_kitcomponent_positive",
                        violation_error_message="A kit needs more than zero of each component.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentLink",
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
                    "key",
                    models.CharField(
                        default=erp.models.document_links.new_key,
                        editable=False,
                        max_length=64,
                        unique=True,
                        verbose_name="key",
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked at")),
                ("opened", models.PositiveIntegerField(default=0, verbose_name="times opened")),
                (
                    "last_opened_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last opened at"),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="erp.salesinvoice",
                        verbose_name="invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "public link",
                "verbose_name_plural": "public links",
                "ordering": ("-id",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("invoice",),
                        name="erp_documentlink_one_valid",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReceiptAllocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="amount")),
                (
                    "receipt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="allocations",
                        to="erp.receipt",
                        verbose_name="receipt",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="erp.salesinvoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="erp.salesorder",
                        verbose_name="sales order",
                    ),
                ),
            ],
            options={
                "verbose_name": "allocation",
                "verbose_name_plural": "allocations",
                "ordering": ("line_no", "id"),
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("order__isnull", False), ("invoice__isnull", False), _connector="OR"
                        ),
                        name="erp_receiptallocation_target",
                        violation_error_message="Choose an order or an invoice.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)),
                        name="erp_receiptallocation_amount",
                        violation_error_message="The amount must be greater than zero.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SalesOrderRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.PositiveSmallIntegerField(verbose_name="revision")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                (
                    "grand_total",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="grand total"
                    ),
                ),
                ("content", models.JSONField(default=dict, verbose_name="content")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="amended at")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="erp.salesorder",
                        verbose_name="sales order",
                    ),
                ),
            ],
            options={
                "verbose_name": "revision of a sales order",
                "verbose_name_plural": "revisions of sales orders",
                "ordering": ("order", "revision"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "revision"), name="erp_salesorderrevision_number"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentCharge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("shipping", "shipping"),
                            ("payment_fee", "payment fee"),
                            ("fee", "fee"),
                            ("gift_wrap", "gift wrap"),
                            ("tip", "tip"),
                            ("duty", "import duty"),
                            ("discount", "discount"),
                            ("rounding", "rounding"),
                            ("refund", "refund of an amount"),
                            ("other", "other"),
                        ],
                        default="shipping",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=500, verbose_name="description")),
                (
                    "net_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="net amount"
                    ),
                ),
                ("tax_code", models.CharField(blank=True, max_length=20, verbose_name="tax code")),
                (
                    "tax_rate",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="tax rate %"
                    ),
                ),
                (
                    "tax_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="tax"
                    ),
                ),
                (
                    "tax_parts",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="tax per rate"),
                ),
                (
                    "gross_amount",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=18, verbose_name="gross amount"
                    ),
                ),
                (
                    "external_line_id",
                    models.CharField(blank=True, max_length=100, verbose_name="line id in the shop"),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="copies",
                        to="erp.documentcharge",
                    ),
                ),
                (
                    "service_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.item",
                        verbose_name="service item",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="charges",
                        to="erp.salesinvoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "sales_order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="charges",
                        to="erp.salesorder",
                        verbose_name="sales order",
                    ),
                ),
                (
                    "sales_return",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="charges",
                        to="erp.salesreturn",
                        verbose_name="sales return",
                    ),
                ),
            ],
            options={
                "verbose_name": "charge",
                "verbose_name_plural": "charges",
                "ordering": ("line_no", "id"),
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("invoice__isnull", True),
                                ("sales_order__isnull", False),
                                ("sales_return__isnull", True),
                            ),
                            models.Q(
                                ("invoice__isnull", False),
                                ("sales_order__isnull", True),
                                ("sales_return__isnull", True),
                            ),
                            models.Q(
                                ("invoice__isnull", True),
                                ("sales_order__isnull", True),
                                ("sales_return__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="erp_documentcharge_one_document",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="salesreturn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("number",),
                name="erp_salesreturn_number",
                violation_error_message="This document number is taken.",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesreturn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_number", ""), _negated=True),
                fields=("channel", "external_number"),
                name="erp_salesreturn_external_number",
                violation_error_message="This return of the shop is here already.",
            ),
        ),
        migrations.AddIndex(
            model_name="salesinvoice",
            index=models.Index(fields=["customer", "state"], name="erp_salesinvoice_customer"),
        ),
        migrations.AddConstraint(
            model_name="salesinvoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("number",),
                name="erp_salesinvoice_number",
                violation_error_message="This document number is taken.",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("paid_amount__gte", 0), ("credited_amount__gte", 0)),
                name="erp_salesinvoice_settled",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("original_invoice__isnull", True), ("kind", "credit_note"), _connector="OR"
                ),
                name="erp_salesinvoice_original_of_credit_note",
                violation_error_message="Only a credit note has an original invoice.",
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["customer", "state"], name="erp_receipt_customer"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("number",),
                name="erp_receipt_number",
                violation_error_message="This document number is taken.",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("transaction_id", ""), _negated=True),
                fields=("payment_method", "kind", "transaction_id"),
                name="erp_receipt_transaction",
                violation_error_message="This transaction is recorded already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)),
                name="erp_receipt_amount",
                violation_error_message="The amount must be greater than zero; choose refund for money that goes back.",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("withheld__gte", 0), ("withheld__lte", models.F("amount"))),
                name="erp_receipt_withheld",
                violation_error_message="The settlement difference must lie between zero and the amount.",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountingentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("number",),
                name="erp_accountingentry_number",
                violation_error_message="This document number is taken.",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountingentry",
            constraint=models.UniqueConstraint(
                fields=("source_type", "source_id"), name="erp_accountingentry_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockcountline",
            constraint=models.UniqueConstraint(
                fields=("stock_count", "item"),
                name="erp_stockcountline_item",
                violation_error_message="This item stands twice in the count.",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxplanline",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate__gte", 0), ("rate__lte", 100)),
                name="erp_taxplanline_rate_range",
                violation_error_message="The rate must lie between 0 and 100.",
            ),
        ),
        migrations.AddConstraint(
            model_name="itemunit",
            constraint=models.UniqueConstraint(
                fields=("item", "unit"),
                name="erp_itemunit_item_unit",
                violation_error_message="This unit stands twice on the item.",
            ),
        ),
        migrations.AddConstraint(
            model_name="itemunit",
            constraint=models.CheckConstraint(
                condition=models.Q(("factor_to_base__gt", 0)),
                name="erp_itemunit_factor_positive",
                violation_error_message="A unit must hold more than zero base units.",
            ),
        ),
        migrations.AddIndex(
            model_name="itemprice",
            index=models.Index(fields=["item", "price_list"], name="erp_itemprice_item_list"),
        ),
        migrations.AddConstraint(
            model_name="itemprice",
            constraint=models.UniqueConstraint(
                models.F("price_list"),
                models.F("item"),
                models.F("min_quantity"),
                django.db.models.functions.comparison.Coalesce("unit_id", 0),
                django.db.models.functions.comparison.Coalesce("customer_id", 0),
                django.db.models.functions.comparison.Coalesce(
                    "valid_from", models.Value("0001-01-01", output_field=models.DateField())
                ),
                name="erp_itemprice_key",
                violation_error_message="There is a price for this list, item, unit, quantity, customer and start date already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="itemprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gte", 0)),
                name="erp_itemprice_not_negative",
                violation_error_message="A price may not be negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="itembarcode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("active", True)),
                fields=("barcode",),
                name="erp_itembarcode_active",
                violation_error_message="This barcode already belongs to an item.",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("safety_stock__gte", 0), ("sales_price__gte", 0), ("weight__gte", 0)),
                name="erp_item_figures_not_negative",
                violation_error_message="Safety stock, sales price and weight may not be negative.",
            ),
        ),
        migrations.AddIndex(
            model_name="stockreservation",
            index=models.Index(fields=["item", "warehouse", "state"], name="erp_reservation_item_wh"),
        ),
        migrations.AddConstraint(
            model_name="stockreservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__gt", 0), ("consumed_quantity__gte", 0), ("released_quantity__gte", 0)
                ),
                name="erp_stockreservation_positive",
            ),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(fields=["item", "warehouse", "id"], name="erp_movement_item_wh"),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(fields=["source_type", "source_id"], name="erp_movement_source"),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity", 0), _negated=True), name="erp_stockmovement_not_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockcount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("number",),
                name="erp_stockcount_number",
                violation_error_message="This document number is taken.",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockbalance",
            constraint=models.UniqueConstraint(
                fields=("item", "warehouse"), name="erp_stockbalance_item_warehouse"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockbalance",
            constraint=models.CheckConstraint(
                condition=models.Q(("reserved__gte", 0)), name="erp_stockbalance_reserved"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockbalance",
            constraint=models.CheckConstraint(
                condition=models.Q(("incoming__gte", 0)), name="erp_stockbalance_incoming"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockbalance",
            constraint=models.CheckConstraint(
                condition=models.Q(("on_hand__gte", 0), ("allow_negative", True), _connector="OR"),
                name="erp_stockbalance_on_hand",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockbalance",
            constraint=models.CheckConstraint(
                condition=models.Q(("safety_stock__isnull", True), ("safety_stock__gte", 0), _connector="OR"),
                name="erp_stockbalance_safety_stock",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesreturnline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)),
                name="erp_salesreturnline_quantity",
                violation_error_message="The quantity must be greater than zero.",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesorderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)),
                name="erp_salesorderline_quantity",
                violation_error_message="The quantity must be greater than zero.",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesorderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("delivered_qty__gte", 0),
                    ("invoiced_qty__gte", 0),
                    ("returned_qty__gte", 0),
                    ("cancelled_qty__gte", 0),
                    ("waived_qty__gte", 0),
                    ("delivered_qty__lte", models.F("quantity")),
                    ("invoiced_qty__lte", models.F("quantity")),
                    ("cancelled_qty__lte", models.F("quantity")),
                    ("returned_qty__lte", models.F("delivered_qty")),
                    (
                        "waived_qty__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("quantity"), "-", models.F("invoiced_qty")
                        ),
                    ),
                ),
                name="erp_salesorderline_progress",
            ),
        ),
        migrations.AddIndex(
            model_name="salesorder",
            index=models.Index(fields=["channel", "external_id"], name="erp_salesorder_external_id"),
        ),
        migrations.AddIndex(
            model_name="salesorder",
            index=models.Index(fields=["customer", "state"], name="erp_salesorder_customer"),
        ),
        migrations.AddConstraint(
            model_name="salesorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("number",),
                name="erp_salesorder_number",
                violation_error_message="This document number is taken.",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("external_number", ""), _negated=True),
                    models.Q(("state", "cancelled"), _negated=True),
                ),
                fields=("channel", "external_number"),
                name="erp_salesorder_external_number",
                violation_error_message="This order of the shop is here already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryline",
            constraint=models.UniqueConstraint(
                fields=("delivery", "order_line"),
                name="erp_deliveryline_order_line",
                violation_error_message="This order line stands twice in the delivery.",
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)),
                name="erp_deliveryline_quantity",
                violation_error_message="The quantity must be greater than zero.",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("number",),
                name="erp_delivery_number",
                violation_error_message="This document number is taken.",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("order", "external_id"),
                name="erp_delivery_external_id",
                violation_error_message="This shipment of the shop is here already.",
            ),
        ),
    ]
