"""Tables by group that were told. Nobody rewrites or takes back what was told."""

import uuid

from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, tenant_policy


class Migration(migrations.Migration):
    initial = True
    dependencies = [("forces", "0002_wall")]

    operations = [
        migrations.CreateModel(
            name="ToldTable",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "force_id",
                    models.UUIDField(
                        db_index=True, default=apps.core.tenancy.current_force_id, editable=False
                    ),
                ),
                ("attribute", models.CharField(max_length=16)),
                ("level", models.PositiveSmallIntegerField()),
                ("deployments", models.PositiveIntegerField()),
                ("cells", models.JSONField()),
                ("told_at", models.DateTimeField()),
            ],
            options={"ordering": ("told_at", "attribute", "level")},
        ),
        migrations.AddConstraint(
            model_name="toldtable",
            constraint=models.UniqueConstraint(
                fields=("force_id", "attribute", "level", "deployments"), name="scrutiny_told_once"
            ),
        ),
        tenant_policy("scrutiny_toldtable"),
        restrict("scrutiny_toldtable", "SELECT", "INSERT"),
    ]
