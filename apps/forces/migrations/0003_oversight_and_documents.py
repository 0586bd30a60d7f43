from django.db import migrations, models

import apps.forces.policies


class Migration(migrations.Migration):
    dependencies = [("forces", "0002_wall")]

    operations = [
        migrations.AddField(
            model_name="force",
            name="oversight_lines",
            field=models.JSONField(blank=True, default=list, validators=[apps.forces.policies.check_lines]),
        ),
        migrations.AddField(
            model_name="force",
            name="documents",
            field=models.JSONField(
                blank=True, default=list, validators=[apps.forces.policies.check_documents]
            ),
        ),
    ]
