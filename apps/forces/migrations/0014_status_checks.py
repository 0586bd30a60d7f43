"""How old a check of the status may be at a start, and which service is asked (docs/domain.md §4)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0013_picture_quality")]

    operations = [
        migrations.AddField(
            model_name="force",
            name="status_valid_hours",
            field=models.PositiveSmallIntegerField(default=24),
        ),
        migrations.AddField(
            model_name="force",
            name="status_service",
            field=models.CharField(blank=True, max_length=300),
        ),
    ]
