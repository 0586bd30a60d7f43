from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forces", "0008_notice_people")]

    operations = [
        migrations.AddField("leavingexport", "refused_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "leavingexport",
            "refused_by",
            models.CharField(blank=True, default="", max_length=254),
            preserve_default=False,
        ),
        migrations.AddField(
            "leavingexport",
            "refused_reason",
            models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
    ]
