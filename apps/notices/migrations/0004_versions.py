from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_live_and_results")]

    operations = [
        migrations.AddField(model_name="notice", name="versions", field=models.JSONField(default=list))
    ]
