"""What a subscription is for, and in which language; mails to people of the force about deadlines, once each."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, same_force, tenant_policy

REMINDERS = "notices_reminder"


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_people")]

    operations = [
        migrations.AddField(
            model_name="subscription", name="districts", field=models.JSONField(default=list)
        ),
        migrations.AddField(
            model_name="subscription", name="language", field=models.CharField(default="en", max_length=10)
        ),
        migrations.AddField(model_name="outgoingmail", name="wish", field=models.JSONField(default=dict)),
        migrations.AddField(model_name="outgoingmail", name="user_id", field=models.UUIDField(null=True)),
        migrations.CreateModel(
            name="Reminder",
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
                ("deployment_id", models.UUIDField()),
                ("kind", models.CharField(max_length=30)),
                ("due_at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("force_id", "deployment_id", "kind", "due_at"), name="notices_reminded_once"
                    )
                ]
            },
        ),
        migrations.AddField(
            model_name="outgoingmail",
            name="reminder",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mails",
                to="notices.reminder",
            ),
        ),
        tenant_policy(REMINDERS),
        same_force("notices_outgoingmail", "reminder_id", REMINDERS),
        restrict(REMINDERS, "SELECT", "INSERT"),
    ]
