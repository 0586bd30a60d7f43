"""Parts of a force's area that readers of its notices can subscribe to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0010_sign_checks")]

    operations = [
        migrations.AddField(
            model_name="force", name="districts", field=models.JSONField(blank=True, default=list)
        )
    ]
