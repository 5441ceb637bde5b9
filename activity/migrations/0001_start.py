import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from ecomsync.common.first_migration import FirstMigration


class Migration(FirstMigration):
    # A new database makes its tables in one go; one that is older goes on step by step.
    replaces = [
        ("activity", "0001_initial"),
        ("activity", "0002_mail_turns"),
        ("activity", "0003_run_checkpoints"),
        ("activity", "0004_differences"),
    ]
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MailTurn",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("site_code", models.CharField(blank=True, default="", max_length=64, verbose_name="site")),
                ("code", models.CharField(max_length=64, verbose_name="alert code")),
                ("message", models.TextField(verbose_name="message")),
                (
                    "level",
                    models.CharField(
                        choices=[("warning", "warning"), ("critical", "critical")],
                        default="critical",
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                (
                    "details",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="details",
                    ),
                ),
                ("count", models.PositiveIntegerField(default=1, verbose_name="times raised")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="raised at"
                    ),
                ),
                (
                    "last_raised_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="last raised at"),
                ),
                ("notified_at", models.DateTimeField(blank=True, null=True, verbose_name="mail sent at")),
                (
                    "acknowledged_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="acknowledged at"),
                ),
                (
                    "acknowledged_by",
                    models.CharField(blank=True, default="", max_length=150, verbose_name="acknowledged by"),
                ),
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "ordering": ("-last_raised_at", "-id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("acknowledged_at__isnull", True)),
                        fields=("site_code", "code"),
                        name="activity_one_open_alert",
                        violation_error_message="The same alert is open already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject_type",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="record type"),
                ),
                (
                    "subject_id",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="record id"),
                ),
                (
                    "subject_label",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="record"),
                ),
                (
                    "kind",
                    models.CharField(
                        db_index=True,
                        help_text="What happened, machine readable.",
                        max_length=64,
                        verbose_name="kind",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("debug", "detail"),
                            ("info", "information"),
                            ("success", "success"),
                            ("warning", "warning"),
                            ("error", "error"),
                        ],
                        default="info",
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                ("site_code", models.CharField(blank=True, default="", max_length=64, verbose_name="site")),
                ("message", models.TextField(blank=True, default="", verbose_name="message")),
                (
                    "payload",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="payload",
                    ),
                ),
                (
                    "trace_id",
                    models.CharField(
                        blank=True,
                        db_index=True,
                        default="",
                        help_text="Joins an event and its calls.",
                        max_length=64,
                        verbose_name="trace",
                    ),
                ),
                (
                    "actor",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Empty: the system itself.",
                        max_length=150,
                        verbose_name="by",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="time")),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ("-created_at", "-id"),
                "permissions": [("view_personal_data", "Can see personal data in events and calls unmasked")],
                "indexes": [
                    models.Index(fields=["site_code", "-created_at"], name="activity_event_site_time"),
                    models.Index(
                        fields=["subject_type", "subject_id", "-created_at"], name="activity_event_subject"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("site_code", models.CharField(blank=True, default="", max_length=64, verbose_name="site")),
                (
                    "action",
                    models.CharField(
                        help_text="What was started, machine readable.", max_length=64, verbose_name="action"
                    ),
                ),
                ("title", models.CharField(blank=True, default="", max_length=200, verbose_name="title")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("running", "running"),
                            ("finished", "finished"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "params",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="parameters",
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="total")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                ("found", models.PositiveIntegerField(default=0, verbose_name="found")),
                ("created", models.PositiveIntegerField(default=0, verbose_name="created")),
                ("updated", models.PositiveIntegerField(default=0, verbose_name="updated")),
                ("unchanged", models.PositiveIntegerField(default=0, verbose_name="unchanged")),
                ("held", models.PositiveIntegerField(default=0, verbose_name="held")),
                ("failed", models.PositiveIntegerField(default=0, verbose_name="failed")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="other counts")),
                (
                    "checkpoint",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        editable=False,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="checkpoint",
                    ),
                ),
                ("message", models.TextField(blank=True, default="", verbose_name="message")),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="asked at"),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="started at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("heartbeat", models.DateTimeField(blank=True, null=True, verbose_name="last sign of life")),
                (
                    "trace_id",
                    models.CharField(
                        blank=True, db_index=True, default="", max_length=64, verbose_name="trace"
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
            ],
            options={
                "verbose_name": "run",
                "verbose_name_plural": "runs",
                "ordering": ("-created_at", "-id"),
                "permissions": [("cancel_run", "Can cancel a run")],
            },
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject_type",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="record type"),
                ),
                (
                    "subject_id",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="record id"),
                ),
                (
                    "subject_label",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="record"),
                ),
                ("site_code", models.CharField(max_length=64, verbose_name="site")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("order", "order"),
                            ("stock", "stock"),
                            ("price", "price"),
                            ("product", "product"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "problem",
                    models.CharField(
                        choices=[("missing", "missing"), ("extra", "extra"), ("different", "different")],
                        help_text="Missing: only one side has it. Extra: the shop has a product, or we an order, too many.",
                        max_length=10,
                        verbose_name="problem",
                    ),
                ),
                (
                    "aspect",
                    models.CharField(
                        choices=[
                            ("record", "the whole record"),
                            ("quantity", "quantity"),
                            ("stock_keeping", "stock keeping in the shop"),
                            ("price", "price"),
                            ("special_price", "special price"),
                            ("sku", "SKU"),
                            ("visibility", "visibility in the shop"),
                            ("total", "total"),
                            ("status", "status"),
                            ("refunds", "refunds"),
                            ("documents", "ERP documents"),
                        ],
                        default="record",
                        max_length=14,
                        verbose_name="what differs",
                    ),
                ),
                ("key", models.CharField(max_length=200, verbose_name="key")),
                (
                    "shop_value",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="in the shop"),
                ),
                (
                    "erp_value",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="in the ERP"),
                ),
                ("message", models.TextField(blank=True, default="", verbose_name="message")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("asked", "asked for repair"),
                            ("repaired", "repaired"),
                            ("gone", "gone by itself"),
                            ("ignored", "ignored"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "first_seen",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="first seen"),
                ),
                (
                    "last_seen",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="last seen"),
                ),
                ("asked_at", models.DateTimeField(blank=True, null=True, verbose_name="repair asked at")),
                (
                    "asked_by",
                    models.CharField(blank=True, default="", max_length=150, verbose_name="repair asked by"),
                ),
                ("tried_at", models.DateTimeField(blank=True, null=True, verbose_name="repair tried at")),
                ("repaired_at", models.DateTimeField(blank=True, null=True, verbose_name="repaired at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        help_text="The comparison that saw it last.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="differences",
                        to="activity.run",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "difference",
                "verbose_name_plural": "differences",
                "ordering": ("-last_seen", "-id"),
                "permissions": [("resolve_difference", "Can ignore differences")],
            },
        ),
        migrations.CreateModel(
            name="ApiCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("site_code", models.CharField(blank=True, default="", max_length=64, verbose_name="site")),
                (
                    "platform",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="platform"),
                ),
                (
                    "trace_id",
                    models.CharField(
                        blank=True, db_index=True, default="", max_length=64, verbose_name="trace"
                    ),
                ),
                ("method", models.CharField(max_length=10, verbose_name="method")),
                ("url", models.TextField(verbose_name="address")),
                ("route", models.CharField(blank=True, default="", max_length=255, verbose_name="route")),
                (
                    "status",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="HTTP status"),
                ),
                ("duration_ms", models.PositiveIntegerField(default=0, verbose_name="duration (ms)")),
                (
                    "request_headers",
                    models.JSONField(blank=True, default=dict, verbose_name="request headers"),
                ),
                ("request_body", models.TextField(blank=True, default="", verbose_name="request body")),
                (
                    "response_headers",
                    models.JSONField(blank=True, default=dict, verbose_name="response headers"),
                ),
                ("response_body", models.TextField(blank=True, default="", verbose_name="response body")),
                (
                    "error_code",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="error code"),
                ),
                ("error", models.TextField(blank=True, default="", verbose_name="error")),
                ("created_at", models.DateTimeField(db_index=True, verbose_name="time")),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="calls",
                        to="activity.run",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "related request",
                "verbose_name_plural": "related requests",
                "ordering": ("-created_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="RunNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject_type",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="record type"),
                ),
                (
                    "subject_id",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="record id"),
                ),
                (
                    "subject_label",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="record"),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("debug", "detail"),
                            ("info", "information"),
                            ("success", "success"),
                            ("warning", "warning"),
                            ("error", "error"),
                        ],
                        default="info",
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                ("code", models.CharField(blank=True, default="", max_length=64, verbose_name="error code")),
                ("message", models.TextField(verbose_name="message")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="time")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="activity.run",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "run note",
                "verbose_name_plural": "run notes",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="SiteError",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject_type",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="record type"),
                ),
                (
                    "subject_id",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="record id"),
                ),
                (
                    "subject_label",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="record"),
                ),
                ("site_code", models.CharField(blank=True, default="", max_length=64, verbose_name="site")),
                ("code", models.CharField(max_length=64, verbose_name="error code")),
                ("message", models.TextField(verbose_name="cause")),
                ("cure", models.TextField(blank=True, default="", verbose_name="cure")),
                (
                    "link",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Page of the setting that cures it.",
                        max_length=500,
                        verbose_name="link",
                    ),
                ),
                (
                    "details",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="details",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("resolved", "resolved")],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("count", models.PositiveIntegerField(default=1, verbose_name="times seen")),
                (
                    "first_seen",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="first seen"),
                ),
                (
                    "last_seen",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="last seen"
                    ),
                ),
                ("comment", models.TextField(blank=True, default="", verbose_name="comment")),
                ("resolved_at", models.DateTimeField(blank=True, null=True, verbose_name="resolved at")),
                (
                    "resolved_by",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Empty: closed by itself.",
                        max_length=150,
                        verbose_name="resolved by",
                    ),
                ),
                ("fingerprint", models.CharField(editable=False, max_length=64, verbose_name="fingerprint")),
                (
                    "assigned_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned to",
                    ),
                ),
            ],
            options={
                "verbose_name": "site error",
                "verbose_name_plural": "site errors",
                "ordering": ("-last_seen", "-id"),
            },
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["site_code", "-created_at"], name="activity_run_site_time"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["state", "heartbeat"], name="activity_run_state_beat"),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(fields=["state", "site_code", "kind"], name="activity_difference_state"),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(fields=["-last_seen", "-id"], name="activity_difference_newest"),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(fields=["subject_type", "subject_id"], name="activity_difference_subject"),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["open", "asked", "ignored"])),
                fields=("site_code", "kind", "key"),
                name="activity_one_live_difference",
                violation_error_message="The same difference is open already.",
            ),
        ),
        migrations.AddIndex(
            model_name="apicall",
            index=models.Index(fields=["site_code", "-created_at"], name="activity_call_site_time"),
        ),
        migrations.AddIndex(
            model_name="apicall",
            index=models.Index(fields=["error_code", "-created_at"], name="activity_call_error_time"),
        ),
        migrations.AddIndex(
            model_name="siteerror",
            index=models.Index(fields=["state", "site_code", "-last_seen"], name="activity_error_state_site"),
        ),
        migrations.AddIndex(
            model_name="siteerror",
            index=models.Index(fields=["subject_type", "subject_id"], name="activity_error_subject"),
        ),
        migrations.AddIndex(
            model_name="siteerror",
            index=models.Index(fields=["fingerprint"], name="activity_error_fingerprint"),
        ),
        migrations.AddConstraint(
            model_name="siteerror",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("fingerprint",),
                name="activity_one_open_error",
                violation_error_message="The same problem is open already.",
            ),
        ),
    ]
