"""How many people were taken off a list stays when the list is deleted: the record asks for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0025_lists_go_with_the_record")]

    operations = [
        migrations.AddField("watchlist", "removed_count", models.PositiveIntegerField(default=0)),
    ]
