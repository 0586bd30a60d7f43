"""The least quality of a picture on a list, by force (docs/domain.md §4)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0012_base_map")]

    operations = [
        migrations.AddField(
            model_name="force",
            name="minimum_picture_quality",
            field=models.PositiveSmallIntegerField(default=30),
        ),
    ]
