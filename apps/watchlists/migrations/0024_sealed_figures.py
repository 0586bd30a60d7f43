"""Counts at the seal that the record needs when the list is gone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0023_galleries_not_dumped")]

    operations = [
        migrations.AddField("watchlist", "sealed_figures", models.JSONField(default=dict)),
    ]
