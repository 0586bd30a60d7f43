"""What erased looks add up to is kept: sums over all deployments of a force do not shrink with age."""

import uuid

from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("alerts", "0011_matches_lapse"), ("forces", "0002_wall")]

    operations = [
        migrations.CreateModel(
            name="LooksErased",
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
                ("people", models.JSONField(default=dict)),
                ("deployments", models.JSONField(default=dict)),
            ],
        ),
        migrations.AddConstraint(
            model_name="lookserased",
            constraint=models.UniqueConstraint(fields=("force_id",), name="alerts_looks_erased_once"),
        ),
        tenant_policy("alerts_lookserased"),
        restrict("alerts_lookserased", "SELECT", "INSERT", "UPDATE"),
    ]
