"""What the results of a notice said before each correction."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0007_public_answers")]

    operations = [
        migrations.AddField(model_name="notice", name="old_results", field=models.JSONField(default=list))
    ]
