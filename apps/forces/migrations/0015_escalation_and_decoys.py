"""When an alert escalates for which nobody is there, and decoys of the Blue List (docs/domain.md §5)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0014_status_checks")]

    operations = [
        migrations.AddField(
            model_name="force", name="escalation_s", field=models.PositiveSmallIntegerField(default=20)
        ),
        migrations.AddField(model_name="force", name="decoys", field=models.BooleanField(default=False)),
        migrations.AddField(
            model_name="force", name="decoy_minutes", field=models.PositiveSmallIntegerField(default=60)
        ),
    ]
