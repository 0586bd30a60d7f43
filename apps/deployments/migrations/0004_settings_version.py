"""The version of the force's settings that a deployment is bound to, and keys that stay in their force."""

from django.db import migrations, models

from apps.core.rls import same_force

OF_DEPLOYMENT = ("authorityrevision", "deploymentdecision", "deploymentduty", "checkrecord", "recognitiongap")


class Migration(migrations.Migration):
    dependencies = [("deployments", "0003_list_pages"), ("forces", "0006_settings_wall")]

    operations = [
        migrations.AddField(
            model_name="deployment",
            name="settings_version",
            field=models.PositiveIntegerField(default=1),
        ),
        *[
            same_force(f"deployments_{table}", "deployment_id", "deployments_deployment")
            for table in OF_DEPLOYMENT
        ],
        same_force("deployments_recognitiongap", "camera_id", "deployments_camera"),
    ]
