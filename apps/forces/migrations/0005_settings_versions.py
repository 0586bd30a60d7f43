"""More settings, their versions, onboarding links, leaving, and the register of those that left."""

import uuid

from django.db import migrations, models

import apps.core.tenancy
import apps.forces.policies

YEARS = ("decision_log_years", "authority_years", "audit_years", "register_years")
CONTACTS = ("contact_data_protection", "contact_access", "contact_complaints", "contact_ico")
TENANT = [
    ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
    (
        "force_id",
        models.UUIDField(db_index=True, default=apps.core.tenancy.current_force_id, editable=False),
    ),
]


def add(name, field):
    return migrations.AddField(model_name="force", name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("forces", "0004_results_deadline")]

    operations = [
        add("active_at", models.DateTimeField(blank=True, null=True)),
        add("settings_version", models.PositiveIntegerField(default=1)),
        add(
            "serious_offences",
            models.JSONField(blank=True, default=list, validators=[apps.forces.policies.check_lines]),
        ),
        add("trial_mode", models.BooleanField(default=False)),
        add("urgent_confirmation_hours", models.PositiveSmallIntegerField(default=24)),
        *[add(name, models.PositiveSmallIntegerField(default=7)) for name in YEARS],
        add("withheld_counts", models.JSONField(blank=True, default=list)),
        *[add(name, models.CharField(blank=True, max_length=300)) for name in CONTACTS],
        add(
            "notice_paragraphs",
            models.JSONField(blank=True, default=list, validators=[apps.forces.policies.check_lines]),
        ),
        add("idle_minutes", models.PositiveSmallIntegerField(default=30)),
        migrations.AddConstraint(
            model_name="force",
            constraint=models.CheckConstraint(
                condition=models.Q(("idle_minutes__gte", 5), ("idle_minutes__lte", 60)),
                name="forces_idle_5_to_60_min",
            ),
        ),
        migrations.CreateModel(
            name="ForceSettingsVersion",
            fields=[
                *TENANT,
                ("number", models.PositiveIntegerField()),
                ("values", models.JSONField()),
                ("changed_by", models.CharField(max_length=254)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ("number",),
                "constraints": [
                    models.UniqueConstraint(fields=("force_id", "number"), name="forces_settings_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OnboardingLink",
            fields=[
                *TENANT,
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("admin_email", models.EmailField(max_length=254)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="LeavingExport",
            fields=[
                *TENANT,
                ("manifest_sha256", models.CharField(max_length=64)),
                ("counts", models.JSONField()),
                ("exported_at", models.DateTimeField()),
            ],
            options={"ordering": ("exported_at",)},
        ),
        migrations.CreateModel(
            name="LeavingConfirmation",
            fields=[
                *TENANT,
                (
                    "export",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT,
                        related_name="confirmations",
                        to="forces.leavingexport",
                    ),
                ),
                ("actor_id", models.UUIDField()),
                ("actor_label", models.CharField(max_length=254)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ("at",),
                "constraints": [
                    models.UniqueConstraint(fields=("export", "actor_id"), name="forces_confirms_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DepartedForce",
            fields=[
                ("force_id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("slug", models.CharField(max_length=60)),
                ("left_at", models.DateTimeField()),
                ("certificate", models.JSONField()),
                ("certificate_sha256", models.CharField(max_length=64)),
                ("signature", models.TextField(blank=True)),
            ],
        ),
    ]
