from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0003_claims"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="identity_established_by",
            field=models.CharField(blank=True, max_length=254),
        ),
    ]
