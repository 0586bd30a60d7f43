"""What takes most from the quality of a staged picture, in words."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0008_face_decisions_wall")]

    operations = [
        migrations.AddField(
            model_name="stagedpicture", name="weak_points", field=models.JSONField(default=list)
        ),
    ]
