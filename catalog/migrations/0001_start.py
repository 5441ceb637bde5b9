import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ecomsync.common.first_migration import FirstMigration


class Migration(FirstMigration):
    # A new database makes its tables in one go; one that is older goes on step by step.
    replaces = [
        ("catalog", "0001_initial"),
        ("catalog", "0002_stock_marks"),
    ]
    initial = True

    dependencies = [
        ("ecomsites", "0001_initial"),
        ("erp", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CategoryConfig",
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
                ("include_in_menu", models.BooleanField(default=True, verbose_name="include in menu")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                (
                    "image_url",
                    models.URLField(blank=True, max_length=1000, verbose_name="address of the picture"),
                ),
                (
                    "remote_id",
                    models.CharField(
                        blank=True,
                        help_text="Filled when it is sent or fetched.",
                        max_length=64,
                        verbose_name="category id in the shop",
                    ),
                ),
                (
                    "last_sent_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last sent"),
                ),
                (
                    "content_hash",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="content hash"),
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
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalog.categoryconfig",
                        verbose_name="parent",
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
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="category_configs",
                        to="ecomsites.site",
                        verbose_name="site",
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
                "verbose_name": "e-commerce category settings",
                "verbose_name_plural": "e-commerce category settings",
                "ordering": ("site", "position", "code"),
                "permissions": [("send_categoryconfig", "Can send categories to the shop")],
            },
        ),
        migrations.CreateModel(
            name="CategoryConfigLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("include_subgroups", models.BooleanField(default=True, verbose_name="with its subgroups")),
                ("attribute", models.CharField(blank=True, max_length=100, verbose_name="attribute")),
                ("value", models.CharField(blank=True, max_length=255, verbose_name="attribute value")),
                (
                    "criteria",
                    models.TextField(
                        blank=True,
                        help_text="Expression over the item, such as: brand = 'ACME' and sales_price > 100",
                        verbose_name="criteria",
                    ),
                ),
                (
                    "position",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Given to the products that this line adds.",
                        verbose_name="position of the products",
                    ),
                ),
                ("is_main", models.BooleanField(default=False, verbose_name="main category of the products")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="catalog.categoryconfig",
                        verbose_name="category",
                    ),
                ),
                (
                    "item_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.itemgroup",
                        verbose_name="item group",
                    ),
                ),
            ],
            options={
                "verbose_name": "category detail",
                "verbose_name_plural": "category details",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CategoryText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Such as en or ar; empty: the shop's default.",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="catalog.categoryconfig",
                        verbose_name="category",
                    ),
                ),
            ],
            options={
                "verbose_name": "category text",
                "verbose_name_plural": "category texts",
                "ordering": ("language",),
            },
        ),
        migrations.CreateModel(
            name="ProductConfig",
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
                    "sku",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the code of the item.",
                        max_length=100,
                        verbose_name="SKU",
                    ),
                ),
                (
                    "product_type",
                    models.CharField(
                        choices=[
                            ("simple", "simple"),
                            ("configurable", "configurable"),
                            ("bundle", "bundle"),
                            ("virtual", "virtual"),
                            ("grouped", "grouped"),
                        ],
                        default="simple",
                        max_length=20,
                        verbose_name="product type",
                    ),
                ),
                (
                    "attribute_set_id",
                    models.CharField(
                        blank=True,
                        help_text="Id of the attribute set, where the shop has them.",
                        max_length=64,
                        verbose_name="attribute set",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("enabled", "enabled"), ("disabled", "disabled")],
                        default="enabled",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("both", "catalogue and search"),
                            ("catalog", "catalogue only"),
                            ("search", "search only"),
                            ("hidden", "hidden"),
                        ],
                        default="both",
                        max_length=10,
                        verbose_name="visibility",
                    ),
                ),
                (
                    "weight",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="In the weight unit of the item. Empty: the weight of the item.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="weight",
                    ),
                ),
                (
                    "tax_class",
                    models.CharField(
                        blank=True,
                        help_text="As the shop names it. Empty: the shop's standard.",
                        max_length=64,
                        verbose_name="tax class",
                    ),
                ),
                (
                    "last_request_sent",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="last request sent"
                    ),
                ),
                (
                    "request_status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "never sent"),
                            ("pending", "pending"),
                            ("sent", "sent"),
                            ("unchanged", "unchanged"),
                            ("failed", "failed"),
                        ],
                        default="",
                        editable=False,
                        max_length=10,
                        verbose_name="request status",
                    ),
                ),
                (
                    "request_message",
                    models.TextField(blank=True, editable=False, verbose_name="answer of the shop"),
                ),
                (
                    "remote_id",
                    models.CharField(
                        blank=True, editable=False, max_length=64, verbose_name="product id in the shop"
                    ),
                ),
                (
                    "remote_parent_id",
                    models.CharField(
                        blank=True, editable=False, max_length=64, verbose_name="parent id in the shop"
                    ),
                ),
                (
                    "content_hash",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="content hash"),
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
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="product_configs",
                        to="erp.item",
                        verbose_name="item",
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
                    "parent_product",
                    models.ForeignKey(
                        blank=True,
                        help_text="The configurable product whose variant this is.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalog.productconfig",
                        verbose_name="parent product",
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
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="product_configs",
                        to="ecomsites.site",
                        verbose_name="site",
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
                "verbose_name": "e-commerce product settings",
                "verbose_name_plural": "e-commerce product settings",
                "ordering": ("site", "sku"),
                "permissions": [("send_productconfig", "Can send products to the shop")],
            },
        ),
        migrations.CreateModel(
            name="ProductAttributeLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("attribute", models.CharField(max_length=100, verbose_name="attribute")),
                (
                    "value",
                    models.CharField(
                        help_text="On a configurable product the options, separated by commas.",
                        max_length=500,
                        verbose_name="value",
                    ),
                ),
                (
                    "language",
                    models.CharField(blank=True, default="", max_length=20, verbose_name="language"),
                ),
                ("for_variants", models.BooleanField(default=False, verbose_name="used for variants")),
                ("visible", models.BooleanField(default=True, verbose_name="visible")),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="product_attributes_lines",
                        to="catalog.productconfig",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "product attribute",
                "verbose_name_plural": "product attributes",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GalleryLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("file", models.FileField(blank=True, upload_to="gallery/", verbose_name="file")),
                ("url", models.URLField(blank=True, max_length=1000, verbose_name="address")),
                ("label1", models.CharField(blank=True, max_length=255, verbose_name="label (Arabic)")),
                ("label2", models.CharField(blank=True, max_length=255, verbose_name="label (English)")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                (
                    "roles",
                    models.CharField(
                        blank=True,
                        help_text="Such as main, small, thumbnail; separated by commas.",
                        max_length=100,
                        verbose_name="roles",
                    ),
                ),
                ("disabled", models.BooleanField(default=False, verbose_name="disabled")),
                (
                    "content_hash",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="content hash"),
                ),
                (
                    "remote_id",
                    models.CharField(
                        blank=True, editable=False, max_length=64, verbose_name="picture id in the shop"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gallery_lines",
                        to="catalog.productconfig",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "gallery line",
                "verbose_name_plural": "gallery lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CustomAttributeLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                ("code", models.CharField(max_length=100, verbose_name="attribute code")),
                ("value", models.TextField(blank=True, verbose_name="value")),
                (
                    "language",
                    models.CharField(
                        blank=True, default="", max_length=20, verbose_name="language or store view"
                    ),
                ),
                (
                    "value_type",
                    models.CharField(
                        choices=[
                            ("text", "text"),
                            ("number", "number"),
                            ("boolean", "yes or no"),
                            ("date", "date"),
                            ("list", "list, separated by commas"),
                        ],
                        default="text",
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="custom_attributes_lines",
                        to="catalog.productconfig",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "custom attribute",
                "verbose_name_plural": "custom attributes",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CategoryLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(db_index=True, default=0, verbose_name="line")),
                (
                    "position",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Place of the product in the category, where the shop sorts by it.",
                        verbose_name="position",
                    ),
                ),
                ("is_main", models.BooleanField(default=False, verbose_name="main category")),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="product_lines",
                        to="catalog.categoryconfig",
                        verbose_name="category",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="category_lines",
                        to="catalog.productconfig",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "category line",
                "verbose_name_plural": "category lines",
                "ordering": ("line_no", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ProductText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Such as en or ar; empty: the shop's default.",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=500, verbose_name="name")),
                ("short_description", models.TextField(blank=True, verbose_name="short description")),
                (
                    "description",
                    models.TextField(blank=True, help_text="HTML is allowed.", verbose_name="description"),
                ),
                ("seo_title", models.CharField(blank=True, max_length=255, verbose_name="SEO title")),
                ("seo_description", models.TextField(blank=True, verbose_name="SEO description")),
                ("seo_keywords", models.CharField(blank=True, max_length=500, verbose_name="SEO keywords")),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="catalog.productconfig",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "product text",
                "verbose_name_plural": "product texts",
                "ordering": ("language",),
            },
        ),
        migrations.CreateModel(
            name="ShopImage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sku", models.CharField(max_length=100, verbose_name="SKU")),
                ("content_hash", models.CharField(max_length=64, verbose_name="content hash")),
                ("remote_id", models.CharField(max_length=64, verbose_name="picture id in the shop")),
                ("sent_at", models.DateTimeField(auto_now_add=True, verbose_name="sent at")),
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
                "verbose_name": "picture in the shop",
                "verbose_name_plural": "pictures in the shop",
            },
        ),
        migrations.CreateModel(
            name="SoldInShop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("remote_order_id", models.CharField(max_length=64, verbose_name="order id in the shop")),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="In the base unit of the item.",
                        max_digits=18,
                        verbose_name="quantity",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sold_units",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="erp.warehouse",
                        verbose_name="warehouse",
                    ),
                ),
            ],
            options={
                "verbose_name": "units sold, not yet in the ERP",
                "verbose_name_plural": "units sold, not yet in the ERP",
            },
        ),
        migrations.CreateModel(
            name="StockMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on_hand", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="on hand")),
                ("reserved", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="reserved")),
                (
                    "safety_stock",
                    models.DecimalField(decimal_places=6, max_digits=18, verbose_name="safety stock"),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="erp.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="erp.warehouse",
                        verbose_name="warehouse",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock figure seen last",
                "verbose_name_plural": "stock figures seen last",
            },
        ),
        migrations.AddConstraint(
            model_name="categoryconfig",
            constraint=models.UniqueConstraint(
                condition=models.Q(("remote_id", ""), _negated=True),
                fields=("site", "remote_id"),
                name="catalog_category_remote",
                violation_error_message="Another category of this site has this id in the shop.",
            ),
        ),
        migrations.AddConstraint(
            model_name="categorytext",
            constraint=models.UniqueConstraint(
                fields=("category", "language"),
                name="catalog_categorytext_language",
                violation_error_message="There is one text per language.",
            ),
        ),
        migrations.AddIndex(
            model_name="productconfig",
            index=models.Index(fields=["site", "item"], name="catalog_product_site_item"),
        ),
        migrations.AddConstraint(
            model_name="productconfig",
            constraint=models.UniqueConstraint(
                fields=("site", "sku"),
                name="catalog_productconfig_site_sku",
                violation_error_message="This site already has settings for this SKU.",
            ),
        ),
        migrations.AddConstraint(
            model_name="productattributeline",
            constraint=models.UniqueConstraint(
                fields=("product", "attribute", "language"),
                name="catalog_productattribute_once",
                violation_error_message="This attribute stands twice for the same language.",
            ),
        ),
        migrations.AddConstraint(
            model_name="customattributeline",
            constraint=models.UniqueConstraint(
                fields=("product", "code", "language"),
                name="catalog_customattribute_once",
                violation_error_message="This attribute stands twice for the same language.",
            ),
        ),
        migrations.AddConstraint(
            model_name="categoryline",
            constraint=models.UniqueConstraint(
                fields=("product", "category"),
                name="catalog_categoryline_once",
                violation_error_message="The product stands in this category already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="categoryline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_main", True)),
                fields=("product",),
                name="catalog_categoryline_one_main",
                violation_error_message="A product has one main category.",
            ),
        ),
        migrations.AddConstraint(
            model_name="producttext",
            constraint=models.UniqueConstraint(
                fields=("product", "language"),
                name="catalog_producttext_language",
                violation_error_message="There is one text per language.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopimage",
            constraint=models.UniqueConstraint(
                fields=("site", "sku", "content_hash"), name="catalog_shopimage_key"
            ),
        ),
        migrations.AddIndex(
            model_name="soldinshop",
            index=models.Index(fields=["site", "item"], name="catalog_sold_site_item"),
        ),
        migrations.AddConstraint(
            model_name="soldinshop",
            constraint=models.UniqueConstraint(
                fields=("site", "remote_order_id", "item"), name="catalog_soldinshop_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmark",
            constraint=models.UniqueConstraint(
                fields=("site", "item", "warehouse"), name="catalog_stockmark_key"
            ),
        ),
    ]
