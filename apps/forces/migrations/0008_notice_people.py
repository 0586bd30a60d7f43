"""For how long a public page may be away before the notice clock stops, and where the oversight body is told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0007_languages")]

    operations = [
        migrations.AddField(
            model_name="force",
            name="notice_outage_tolerance_minutes",
            field=models.PositiveSmallIntegerField(default=30),
        ),
        migrations.AddField(
            model_name="force",
            name="oversight_email",
            field=models.CharField(blank=True, max_length=300, default=""),
            preserve_default=False,
        ),
    ]
