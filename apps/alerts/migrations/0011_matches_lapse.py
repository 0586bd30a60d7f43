"""A match that no officer decides on ends in "no stop"; and who wrote down an identity said by radio."""

from django.db import migrations, models

# A match of before has its half hour from when it was raised.
GIVEN_TIME = (
    "UPDATE alerts_alert SET expires_at = greatest(expires_at, raised_at + interval '30 minutes')"
    " WHERE state = 'dispatched'"
)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0010_test_subject_recognised")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="identity_entered_by",
            field=models.CharField(blank=True, default="", max_length=254),
        ),
        migrations.RunSQL([GIVEN_TIME], migrations.RunSQL.noop),
        # PostgreSQL alters no table that has rows of this transaction waiting for their constraints.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="alert", name="alert_undecided"),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("state__in", ["dispatched", "raised", "unsure"])),
                fields=["expires_at"],
                name="alert_undecided",
            ),
        ),
    ]
