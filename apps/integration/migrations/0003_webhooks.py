"""Webhooks, their signing keys and the outbox (docs/reference/webhooks.md)."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, same_force, tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("integration", "0002_wall"),
        ("forces", "0002_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "force_id",
                    models.UUIDField(
                        db_index=True, default=apps.core.tenancy.current_force_id, editable=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("url", models.CharField(max_length=300)),
                ("events", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                ("position", models.BigIntegerField()),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField(null=True)),
                ("last_problem", models.CharField(blank=True, max_length=200)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=200)),
                ("ended_reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ("created_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "force_id",
                    models.UUIDField(
                        db_index=True, default=apps.core.tenancy.current_force_id, editable=False
                    ),
                ),
                ("event_id", models.UUIDField()),
                ("event", models.CharField(max_length=40)),
                ("body", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("held_until", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("dead_at", models.DateTimeField(null=True)),
                ("last_problem", models.CharField(blank=True, max_length=200)),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="integration.webhook",
                    ),
                ),
            ],
            options={
                "ordering": ("created_at", "id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("dead_at__isnull", True), ("delivered_at__isnull", True)),
                        fields=["webhook", "created_at"],
                        name="integration_delivery_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("webhook", "event_id"), name="integration_delivery_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("delivered_at__isnull", True), ("dead_at__isnull", True), _connector="OR"
                        ),
                        name="integration_delivery_one_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookSecret",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "force_id",
                    models.UUIDField(
                        db_index=True, default=apps.core.tenancy.current_force_id, editable=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("vault_key_id", models.UUIDField()),
                ("blob_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                ("retires_at", models.DateTimeField(null=True)),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="secrets",
                        to="integration.webhook",
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("webhook", "number"), name="integration_secret_number_once"
                    )
                ],
            },
        ),
        tenant_policy("integration_webhook"),
        tenant_policy("integration_webhooksecret"),
        tenant_policy("integration_delivery"),
        same_force("integration_webhooksecret", "webhook_id", "integration_webhook"),
        same_force("integration_delivery", "webhook_id", "integration_webhook"),
        restrict("integration_webhook", "SELECT", "INSERT", "UPDATE"),
        restrict("integration_webhooksecret", "SELECT", "INSERT", "UPDATE"),
        restrict("integration_delivery", "SELECT", "INSERT", "UPDATE", "DELETE"),
    ]
