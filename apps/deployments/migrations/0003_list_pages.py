"""Since when a deployment is in its state, and the order in which lists of them are paged."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("deployments", "0002_wall")]

    operations = [
        migrations.AddField(
            model_name="deployment", name="state_since", field=models.DateTimeField(null=True)
        ),
        migrations.AddIndex(
            model_name="deployment",
            index=models.Index(fields=["force_id", "window_start", "id"], name="deployments_by_window"),
        ),
    ]
