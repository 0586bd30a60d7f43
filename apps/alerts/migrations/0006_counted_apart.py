"""Alerts about members of staff on an operational day are counted apart (the Blue List)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_same_force")]

    operations = [
        migrations.AddField(
            model_name="alert", name="counted_apart", field=models.BooleanField(default=False)
        ),
    ]
