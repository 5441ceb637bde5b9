import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from ecomsync.common.first_migration import FirstMigration


class Migration(FirstMigration):
    # A new database makes its tables in one go; one that is older goes on step by step.
    replaces = [
        ("webhooks", "0001_initial"),
        ("webhooks", "0002_gateway"),
        ("webhooks", "0003_site_rhythm"),
    ]
    initial = True

    dependencies = [
        ("ecomsites", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="GatewayClient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                (
                    "client_id",
                    models.CharField(editable=False, max_length=64, unique=True, verbose_name="client ID"),
                ),
                ("secret_hash", models.CharField(editable=False, max_length=200)),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "last_seen_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last seen"),
                ),
            ],
            options={
                "verbose_name": "gateway client",
                "verbose_name_plural": "gateway clients",
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="GatewaySite",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sites",
                        to="webhooks.gatewayclient",
                        verbose_name="gateway client",
                    ),
                ),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gateway_site",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "shop of a gateway client",
                "verbose_name_plural": "shops of gateway clients",
            },
        ),
        migrations.CreateModel(
            name="SiteRhythm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("events", "webhook events"), ("orders", "orders")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("hours", models.JSONField(default=list)),
                ("counted", models.PositiveIntegerField(default=0, verbose_name="counted")),
                ("days", models.FloatField(default=0, verbose_name="days")),
                ("learnt_at", models.DateTimeField(verbose_name="learnt at")),
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
                "verbose_name": "rhythm of a site",
                "verbose_name_plural": "rhythms of sites",
                "constraints": [
                    models.UniqueConstraint(fields=("site", "kind"), name="webhooks_rhythm_site_kind")
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookCounter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scope", models.PositiveBigIntegerField(default=0, editable=False)),
                ("day", models.DateField(verbose_name="day")),
                ("accepted", models.PositiveIntegerField(default=0, verbose_name="accepted")),
                ("duplicates", models.PositiveIntegerField(default=0, verbose_name="duplicates")),
                ("pings", models.PositiveIntegerField(default=0, verbose_name="pings")),
                ("bad_signature", models.PositiveIntegerField(default=0, verbose_name="bad signature")),
                ("unknown_site", models.PositiveIntegerField(default=0, verbose_name="unknown site")),
                ("too_large", models.PositiveIntegerField(default=0, verbose_name="too large")),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhook_counters",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook counter",
                "verbose_name_plural": "webhook counters",
                "ordering": ("-day", "scope"),
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "day"), name="webhooks_counter_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("platform", models.CharField(max_length=40, verbose_name="platform")),
                (
                    "topic",
                    models.CharField(help_text="As the shop names it.", max_length=200, verbose_name="topic"),
                ),
                ("kind", models.CharField(help_text="Our name of it.", max_length=40, verbose_name="kind")),
                (
                    "identity",
                    models.CharField(
                        help_text="Computed from topic, record and content.",
                        max_length=64,
                        verbose_name="identity",
                    ),
                ),
                (
                    "delivery_id",
                    models.CharField(
                        blank=True,
                        help_text="Of the shop; several events may share one.",
                        max_length=200,
                        verbose_name="delivery id",
                    ),
                ),
                ("resource", models.CharField(blank=True, max_length=100, verbose_name="resource")),
                (
                    "remote_id",
                    models.CharField(blank=True, max_length=100, verbose_name="record id in the shop"),
                ),
                (
                    "occurred_at",
                    models.DateTimeField(
                        help_text="The shop's time; where it tells none, the time of receipt.",
                        verbose_name="occurred at",
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="received at"),
                ),
                (
                    "last_received_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="last received at"),
                ),
                ("occurrences", models.PositiveIntegerField(default=1, verbose_name="times received")),
                ("counted", models.PositiveIntegerField(default=0, editable=False)),
                ("headers", models.JSONField(blank=True, default=dict, verbose_name="headers")),
                ("body", models.BinaryField(default=b"", verbose_name="body")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("processing", "processing"),
                            ("processed", "processed"),
                            ("ignored", "ignored"),
                            ("failed", "failed, tried again"),
                            ("dead", "given up"),
                        ],
                        default="pending",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                (
                    "not_before",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="not before"),
                ),
                ("claimed_by", models.CharField(blank=True, max_length=100, verbose_name="claimed by")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="claimed until")),
                ("processed_at", models.DateTimeField(blank=True, null=True, verbose_name="processed at")),
                ("result", models.TextField(blank=True, verbose_name="result")),
                ("error_code", models.CharField(blank=True, max_length=64, verbose_name="error code")),
                ("error_message", models.TextField(blank=True, verbose_name="error")),
                (
                    "critical",
                    models.BooleanField(
                        default=False, help_text="Taken into a batch before others.", verbose_name="critical"
                    ),
                ),
                (
                    "actions",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="What was done, line by line.",
                        verbose_name="actions",
                    ),
                ),
                (
                    "trace_id",
                    models.CharField(blank=True, db_index=True, max_length=64, verbose_name="trace"),
                ),
                (
                    "gateway_mark",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Which delivery of the gateway this is; fetched again, it is the same event and no new one.",
                        max_length=64,
                        verbose_name="mark of the gateway",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhook_events",
                        to="ecomsites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook event",
                "verbose_name_plural": "webhook events",
                "ordering": ("-received_at", "-id"),
                "permissions": [("replay_webhookevent", "Can replay webhook events")],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["pending", "failed"])),
                        fields=["-critical", "occurred_at", "id"],
                        name="webhooks_event_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("state", "processing")),
                        fields=["claimed_until"],
                        name="webhooks_event_claimed",
                    ),
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["site", "id"],
                        name="webhooks_event_kept",
                    ),
                    models.Index(fields=["site", "-received_at"], name="webhooks_event_site_time"),
                    models.Index(fields=["site", "resource", "remote_id"], name="webhooks_event_record"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("site", "identity"), name="webhooks_event_identity")
                ],
            },
        ),
    ]
