"""With a decision the officer's rank and number of then; with a published assessment its title and version."""

from django.db import migrations, models

from apps.core.rls import APPLICATION_ROLE

DEFINER = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS"
NAME = "deployments_public_assessment"
FROM = (
    " FROM deployments_assessment a JOIN deployments_assessmentfile f ON f.assessment_id = a.id"
    " WHERE a.id = wanted AND a.is_public"
)
FORMER = (
    "TABLE (kind text, in_force_from date, content bytea)",
    f"SELECT a.kind, a.in_force_from, f.content{FROM}",
)
NAMED = (
    "TABLE (kind text, title text, version text, content bytea)",
    f"SELECT a.kind, a.title, a.version, f.content{FROM}",
)


def _function(returns: str, body: str) -> list[str]:
    return [
        f"DROP FUNCTION {NAME}(uuid)",
        f"CREATE FUNCTION {NAME}(wanted uuid) RETURNS {returns} {DEFINER} $${body}$$",
        f"REVOKE ALL ON FUNCTION {NAME}(uuid) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {NAME}(uuid) TO {APPLICATION_ROLE}",
    ]


class Migration(migrations.Migration):
    dependencies = [("deployments", "0009_signs_and_cameras")]

    operations = [
        migrations.AddField(
            "deploymentdecision", "rank", models.CharField(blank=True, default="", max_length=60)
        ),
        migrations.AddField(
            "deploymentdecision", "collar_number", models.CharField(blank=True, default="", max_length=20)
        ),
        migrations.RunSQL(sql=_function(*NAMED), reverse_sql=_function(*FORMER)),
    ]
