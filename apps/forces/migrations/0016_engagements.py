"""How long an engagement lasts before it is everybody's business, and how long a receipt is good."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0015_escalation_and_decoys")]

    operations = [
        migrations.AddField(
            model_name="force", name="engagement_minutes", field=models.PositiveSmallIntegerField(default=10)
        ),
        migrations.AddField(
            model_name="force", name="receipt_days", field=models.PositiveSmallIntegerField(default=90)
        ),
    ]
