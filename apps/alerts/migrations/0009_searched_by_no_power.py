"""An officer can say that somebody was searched by no power; the review answers for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0008_engagements"),
    ]

    operations = [
        migrations.AlterField(
            model_name="engagement",
            name="search_power",
            field=models.CharField(
                blank=True,
                choices=[
                    ("none", "none"),
                    ("articles", "articles"),
                    ("on_arrest", "on_arrest"),
                    ("drugs", "drugs"),
                    ("firearms", "firearms"),
                    ("terrorism", "terrorism"),
                    ("authorised", "authorised"),
                    ("other", "other"),
                ],
                max_length=24,
            ),
        ),
    ]
