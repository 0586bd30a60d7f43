"""Keys that stay in their force (core.rls.same_force)."""

from django.db import migrations

from apps.core.rls import same_force


class Migration(migrations.Migration):
    dependencies = [("core", "0002_wall")]

    operations = [
        same_force("core_eventhandling", "event_id", "core_domainevent"),
    ]
