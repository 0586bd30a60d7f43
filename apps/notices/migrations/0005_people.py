"""Outages of the public pages; what the oversight body attaches; subscribers and the mails to them."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, same_force, tenant_policy

TABLES = {
    "notices_noticeoutage": ("SELECT", "INSERT", "UPDATE"),
    "notices_subscription": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "notices_outgoingmail": ("SELECT", "INSERT", "UPDATE", "DELETE"),
}


def own():
    return [
        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
        (
            "force_id",
            models.UUIDField(db_index=True, default=apps.core.tenancy.current_force_id, editable=False),
        ),
    ]


def notice(name, *, null=False):
    key = models.ForeignKey(
        null=null, on_delete=django.db.models.deletion.PROTECT, related_name=name, to="notices.notice"
    )
    return ("notice", key)


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_versions")]

    operations = [
        migrations.AddField(model_name="notice", name="attached", field=models.JSONField(default=dict)),
        migrations.AddField(model_name="notice", name="first_seen_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL(
            sql="UPDATE notices_notice SET first_seen_at = verified_at",
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name="NoticeOutage",
            fields=[
                *own(),
                ("was_looked_at", models.BooleanField()),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(max_length=200)),
                ("stopped_s", models.PositiveIntegerField(default=0)),
                notice("outages"),
            ],
            options={
                "ordering": ("began_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("notice",),
                        name="notices_one_outage_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True),
                            ("ended_at__gte", models.F("began_at")),
                            _connector="OR",
                        ),
                        name="notices_outage_ends_after_it_began",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                *own(),
                ("email", models.EmailField(max_length=254)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("asked_times", models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("force_id", "email"), name="notices_subscribed_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                *own(),
                (
                    "subscription",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mails",
                        to="notices.subscription",
                    ),
                ),
                notice("mails", null=True),
                ("kind", models.CharField(max_length=20)),
                ("created_at", models.DateTimeField()),
                ("tried_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
            ],
            options={"ordering": ("created_at",)},
        ),
        *[tenant_policy(table) for table in TABLES],
        same_force("notices_noticeoutage", "notice_id", "notices_notice"),
        same_force("notices_outgoingmail", "notice_id", "notices_notice"),
        same_force("notices_outgoingmail", "subscription_id", "notices_subscription"),
        *[restrict(table, *granted) for table, granted in TABLES.items()],
    ]
