"""The wall around decisions about one face under two identities."""

from django.db import migrations

from apps.core.rls import same_force, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0007_face_decisions"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("watchlists_facedecision"),
        same_force("watchlists_facedecision", "job_id", "watchlists_importjob"),
    ]
