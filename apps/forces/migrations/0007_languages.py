from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0006_settings_wall")]

    operations = [
        migrations.AddField(
            model_name="force", name="languages", field=models.JSONField(blank=True, default=list)
        )
    ]
