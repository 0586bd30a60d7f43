from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("live", "0002_wall")]

    operations = [
        migrations.AddField(
            model_name="shardlease",
            name="clock_offset_ms",
            field=models.BigIntegerField(null=True),
        ),
    ]
