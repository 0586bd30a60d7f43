"""An asking about one person is told from one about the list; a status without its time is not stored."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0016_search_by_name")]

    operations = [
        migrations.AddField(
            model_name="statuscheck",
            name="one_person",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="subject",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("category", "blue_list"), ("status_checked_at__isnull", False), _connector="OR"
                ),
                name="watchlists_status_has_time",
            ),
        ),
    ]
