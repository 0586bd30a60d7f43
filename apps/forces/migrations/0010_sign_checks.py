"""Within which time somebody looks at each sign again (docs/domain.md §2: "re-checked on a timer")."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0009_leaving_refused")]

    operations = [
        migrations.AddField(
            model_name="force",
            name="sign_check_minutes",
            field=models.PositiveSmallIntegerField(default=60),
        ),
    ]
