"""Everything that one person did, and everybody who ever did something, found without reading every event."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_format_2")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["force_id", "actor_id", "ordinal"], name="audit_event_actor"),
        ),
    ]
