"""An import may take the place of a list whose pictures are measured again; what a picture's disposal was stays."""

import django.db.models.deletion
from django.db import migrations, models

from apps.core.rls import same_force


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0010_gallery_places")]

    operations = [
        migrations.AddField(
            model_name="importjob",
            name="remakes",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="remakes",
                to="watchlists.watchlist",
            ),
        ),
        migrations.AddField(
            model_name="picture",
            name="custody_disposal",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="stagedpicture",
            name="kept_by_list",
            field=models.BooleanField(default=False),
        ),
        same_force("watchlists_importjob", "remakes_id", "watchlists_watchlist"),
    ]
