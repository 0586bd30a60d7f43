"""Decoys show people who agreed to that, and nobody else (docs/domain.md §4)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0020_volunteers_at_the_seal")]

    operations = [
        migrations.AddField(model_name="consent", name="decoys", field=models.BooleanField(default=False)),
    ]
