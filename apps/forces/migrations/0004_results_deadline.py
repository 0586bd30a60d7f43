"""How many days a force has from the end of a deployment to its published results."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0003_oversight_and_documents")]

    operations = [
        migrations.AddField(
            model_name="force",
            name="results_deadline_days",
            field=models.PositiveSmallIntegerField(default=5),
        ),
    ]
