"""The days of an operation share an id. Until now they shared a name, so that two operations of one name mixed;
what was one operation by its name stays one."""

import uuid

from django.db import migrations, models

BY_NAME = """
WITH operations AS MATERIALIZED (
    SELECT force_id, authority->>'operation' AS name, gen_random_uuid() AS id
    FROM deployments_deployment WHERE btrim(authority->>'operation') <> '' GROUP BY 1, 2
)
UPDATE deployments_deployment AS day SET operation_id = operations.id FROM operations
WHERE day.force_id = operations.force_id AND day.authority->>'operation' = operations.name
"""
ALONE = "UPDATE deployments_deployment SET operation_id = gen_random_uuid() WHERE operation_id IS NULL"


class Migration(migrations.Migration):
    dependencies = [("deployments", "0007_assessments")]

    operations = [
        migrations.AddField("deployment", "operation_id", models.UUIDField(null=True)),
        migrations.RunSQL([BY_NAME, ALONE], migrations.RunSQL.noop),
        migrations.AlterField("deployment", "operation_id", models.UUIDField(default=uuid.uuid4)),
        migrations.AddIndex(
            "deployment",
            models.Index(fields=["force_id", "operation_id"], name="deployments_by_operation"),
        ),
    ]
