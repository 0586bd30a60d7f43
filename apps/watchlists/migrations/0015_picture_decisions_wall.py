"""The wall around decisions about pictures that are there twice."""

from django.db import migrations

from apps.core.rls import same_force, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0014_picture_decisions"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("watchlists_picturedecision"),
        same_force("watchlists_picturedecision", "job_id", "watchlists_importjob"),
    ]
