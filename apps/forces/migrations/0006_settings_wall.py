"""Behind the wall. The registry stays readable by all, and a force changes its own row only."""

from django.db import migrations

from apps.core.rls import CURRENT_FORCE, restrict, same_force, tenant_policy


def first_versions(apps, schema_editor):
    """Forces from before there were versions: what they have now is version 1, and they are set up."""
    force_model = apps.get_model("forces", "Force")
    version_model = apps.get_model("forces", "ForceSettingsVersion")
    own = {"id", "slug", "name", "created_at", "active_at", "settings_version"}
    keys = [field.attname for field in force_model._meta.concrete_fields if field.attname not in own]
    for force in force_model.objects.all():
        force_model.objects.filter(id=force.id).update(active_at=force.created_at)
        version_model.objects.create(
            force_id=force.id,
            number=1,
            values={key: getattr(force, key) for key in keys},
            changed_by="migration",
            reason="The settings as they were when versions were introduced.",
            at=force.created_at,
        )


class Migration(migrations.Migration):
    dependencies = [("forces", "0005_settings_versions"), ("core", "0002_wall")]

    operations = [
        tenant_policy("forces_forcesettingsversion"),
        restrict("forces_forcesettingsversion", "SELECT", "INSERT"),
        tenant_policy("forces_onboardinglink"),
        restrict("forces_onboardinglink", "SELECT", "INSERT", "UPDATE"),
        tenant_policy("forces_leavingexport"),
        restrict("forces_leavingexport", "SELECT", "INSERT", "UPDATE"),
        tenant_policy("forces_leavingconfirmation"),
        restrict("forces_leavingconfirmation", "SELECT", "INSERT"),
        same_force("forces_leavingconfirmation", "export_id", "forces_leavingexport"),
        restrict("forces_departedforce", "SELECT"),
        migrations.RunSQL(
            sql=[
                "ALTER TABLE forces_force ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY anybody_reads ON forces_force FOR SELECT USING (true)",
                f"CREATE POLICY own_row_is_made ON forces_force FOR INSERT WITH CHECK (id = {CURRENT_FORCE})",
                "CREATE POLICY own_row_changes ON forces_force FOR UPDATE"
                f" USING (id = {CURRENT_FORCE}) WITH CHECK (id = {CURRENT_FORCE})",
            ],
            reverse_sql=[
                "DROP POLICY anybody_reads ON forces_force",
                "DROP POLICY own_row_is_made ON forces_force",
                "DROP POLICY own_row_changes ON forces_force",
                "ALTER TABLE forces_force DISABLE ROW LEVEL SECURITY",
            ],
        ),
        migrations.RunPython(first_versions, migrations.RunPython.noop),
    ]
