"""The registry of forces: readable without a context, never deleted by the application."""

from django.db import migrations

from apps.core.rls import restrict


class Migration(migrations.Migration):
    dependencies = [("forces", "0001_initial"), ("core", "0002_wall")]

    operations = [
        restrict("forces_force", "SELECT", "INSERT", "UPDATE"),
    ]
