"""Who ends a complaint about no deployment says to have had no part; a breach that was overdue stays known."""

from django.db import migrations, models

from apps.core.rls import restrict

# Columns of a breach that a later step may change.
MOVES = (
    "state, closed_at, risk, ico_told_at, ico_reason, people_told, people_reason, measures, was_overdue_at"
)


class Migration(migrations.Migration):
    dependencies = [("casework", "0002_wall")]

    operations = [
        migrations.AddField(model_name="casestep", name="no_part", field=models.BooleanField(null=True)),
        migrations.AddField(
            model_name="databreach", name="was_overdue_at", field=models.DateTimeField(null=True)
        ),
        restrict("casework_databreach", "SELECT", "INSERT", "DELETE", f"UPDATE ({MOVES})"),
    ]
