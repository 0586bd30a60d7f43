"""When a camera was last heard, whether its frame was taken or not: one that was stopped must be heard again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("relays", "0002_wall")]

    operations = [migrations.AddField("ingesttally", "heard_at", models.DateTimeField(null=True))]
