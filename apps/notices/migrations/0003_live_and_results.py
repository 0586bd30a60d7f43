"""The page while it happens, its results, the deletion clock, and what the list is cut into pages by."""

from django.db import migrations, models

STATUSES = [
    "scheduled",
    "published",
    "live",
    "suspended",
    "withdrawn",
    "cancelled",
    "revoked",
    "expired",
    "ended",
    "results_published",
]
ANNOUNCED = ["ended", "live", "published", "results_published", "suspended"]


def check(condition, name):
    return migrations.AddConstraint(
        model_name="notice", constraint=models.CheckConstraint(condition=condition, name=name)
    )


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_wall")]

    operations = [
        migrations.RemoveConstraint(model_name="notice", name="notices_status_known"),
        migrations.RemoveConstraint(model_name="notice", name="notices_published_when"),
        migrations.AddField(model_name="notice", name="deletions", field=models.JSONField(default=list)),
        migrations.AddField(model_name="notice", name="results", field=models.JSONField(null=True)),
        migrations.AddField(model_name="notice", name="window_end", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="notice", name="window_start", field=models.DateTimeField(null=True)),
        migrations.AlterField(
            model_name="notice",
            name="status",
            field=models.CharField(choices=[(status, status) for status in STATUSES], max_length=20),
        ),
        migrations.RunSQL(
            # A published notice has had its window in its content since before it had these columns.
            sql="UPDATE notices_notice SET window_start = (content->>'window_start')::timestamptz,"
            " window_end = (content->>'window_end')::timestamptz WHERE content ? 'window_start'",
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["window_start", "id"], name="notices_by_window"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["force_id", "window_start", "id"], name="notices_by_force_and_window"),
        ),
        check(models.Q(status__in=STATUSES), "notices_status_known"),
        check(
            ~models.Q(status__in=ANNOUNCED) | models.Q(published_at__isnull=False), "notices_published_when"
        ),
        check(
            models.Q(published_at__isnull=True)
            | models.Q(window_start__isnull=False, window_end__isnull=False),
            "notices_published_window",
        ),
        check(
            ~models.Q(status="results_published") | models.Q(results__isnull=False), "notices_results_there"
        ),
    ]
