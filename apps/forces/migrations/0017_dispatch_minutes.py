"""How long a match waits for an engagement officer before it is "no stop"."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0016_engagements")]

    operations = [
        migrations.AddField(
            model_name="force", name="dispatch_minutes", field=models.PositiveSmallIntegerField(default=30)
        ),
    ]
