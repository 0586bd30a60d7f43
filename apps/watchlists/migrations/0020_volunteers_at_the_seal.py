"""How many of a sealed list were of the Blue List: no public count has them in it."""

from django.db import migrations, models

REHEARSALS = """
UPDATE watchlists_watchlist
   SET sealed_volunteers = sealed_subjects, sealed_volunteer_pictures = sealed_pictures
 WHERE blue_list_only
"""


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0019_consents_wall")]

    operations = [
        migrations.AddField(
            model_name="watchlist",
            name="sealed_volunteers",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="watchlist",
            name="sealed_volunteer_pictures",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunSQL(sql=REHEARSALS, reverse_sql=migrations.RunSQL.noop),
    ]
