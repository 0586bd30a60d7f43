"""The wall around import jobs and what is staged for them."""

from django.db import migrations

from apps.core.rls import tenant_policy


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0004_import_jobs"), ("forces", "0002_wall")]

    operations = [tenant_policy("watchlists_importjob"), tenant_policy("watchlists_stagedpicture")]
