"""What somebody on duty says that a suspension is about."""

from django.db import migrations, models

CAUSES = (
    "person",
    "safety",
    "equipment",
    "ways",
    "place",
    "doubt",
    "called_away",
    "check_failed",
    "sign_failed",
    "sign_overdue",
    "staffing",
    "cameras_silent",
    "false_alerts",
    "false_alert_rate",
    "unconfirmed",
)


class Migration(migrations.Migration):
    dependencies = [("deployments", "0010_officers_and_titles")]

    operations = [
        migrations.AlterField(
            model_name="deployment",
            name="suspended_for",
            field=models.CharField(
                blank=True, choices=[(cause, cause) for cause in CAUSES], default="", max_length=20
            ),
        )
    ]
