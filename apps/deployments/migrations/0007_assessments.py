"""Assessments: versioned files with days in force. Documents that were issued. What anybody may ask about.

Two functions answer strangers past row-level security, each with one fact only: the file of a published
assessment; and, for the fingerprint of an approved text, when which force approved it and whether that holds.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import APPLICATION_ROLE, restrict, same_force, tenant_policy

KINDS = ["dpia", "eia", "cia", "bias"]
TABLE, FILES = "deployments_assessment", "deployments_assessmentfile"

DOCUMENTS = "deployments_authoritydocument"
DEFINER = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS"
FUNCTIONS = {
    "deployments_public_assessment(wanted uuid)": (
        "TABLE (kind text, in_force_from date, content bytea)",
        "SELECT a.kind, a.in_force_from, f.content FROM deployments_assessment a"
        " JOIN deployments_assessmentfile f ON f.assessment_id = a.id WHERE a.id = wanted AND a.is_public",
    ),
    "deployments_approval(wanted text)": (
        "TABLE (force_name text, decision text, decided_at timestamptz, in_force boolean,"
        " narrowed_at timestamptz, ended_as text, ended_at timestamptz)",
        "SELECT f.name, d.kind, d.decided_at,"
        " p.approved_hash = wanted AND p.state IN"
        " ('approved', 'notice_published', 'list_sealed', 'ready', 'live', 'suspended'),"
        " m.decided_at, n.kind, n.decided_at"
        " FROM deployments_deploymentdecision d JOIN deployments_deployment p ON p.id = d.deployment_id"
        " JOIN forces_force f ON f.id = d.force_id"
        " LEFT JOIN LATERAL (SELECT min(e.decided_at) AS decided_at FROM deployments_deploymentdecision e"
        " WHERE e.deployment_id = d.deployment_id AND e.id <> d.id AND e.decided_at >= d.decided_at"
        " AND e.kind = 'narrow') m ON true"
        # How the approval itself ended, whatever was narrowed under it before.
        " LEFT JOIN LATERAL (SELECT e.kind, e.decided_at FROM deployments_deploymentdecision e"
        " WHERE e.deployment_id = d.deployment_id AND e.id <> d.id AND e.decided_at >= d.decided_at"
        " AND e.kind IN ('void', 'cancel', 'revoke', 'expire', 'end', 'end_at_window_close',"
        " 'refuse_afterwards') ORDER BY e.decided_at LIMIT 1) n ON true"
        " WHERE d.content_hash = wanted AND d.kind IN ('approve', 'narrow')"
        " ORDER BY d.decided_at DESC LIMIT 1",
    ),
    "deployments_issued(wanted text)": (
        "text",
        "SELECT content_hash FROM deployments_authoritydocument WHERE file_sha256 = wanted LIMIT 1",
    ),
}


def _public_function(signature: str, returns: str, body: str) -> migrations.RunSQL:
    name, argument = signature.rstrip(")").split("(")
    called = f"{name}({argument.split()[1]})"
    return migrations.RunSQL(
        sql=[
            f"CREATE FUNCTION {signature} RETURNS {returns} {DEFINER} $${body}$$",
            f"REVOKE ALL ON FUNCTION {called} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {called} TO {APPLICATION_ROLE}",
        ],
        reverse_sql=[f"DROP FUNCTION {called}"],
    )


def _id() -> tuple[str, models.Field]:
    return ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False))


def _force() -> tuple[str, models.Field]:
    field = models.UUIDField(db_index=True, default=apps.core.tenancy.current_force_id, editable=False)
    return ("force_id", field)


class Migration(migrations.Migration):
    dependencies = [("deployments", "0006_the_day")]

    operations = [
        migrations.CreateModel(
            name="Assessment",
            fields=[
                _id(),
                _force(),
                ("kind", models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=10)),
                ("title", models.CharField(max_length=120)),
                ("version", models.CharField(max_length=20)),
                ("in_force_from", models.DateField()),
                ("in_force_until", models.DateField()),
                ("pack_id", models.CharField(blank=True, max_length=80)),
                ("is_public", models.BooleanField()),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("uploaded_by_id", models.UUIDField()),
                ("uploaded_by", models.CharField(max_length=254)),
                ("uploaded_at", models.DateTimeField()),
                ("ended_by", models.CharField(blank=True, max_length=254)),
                ("end_reason", models.CharField(blank=True, max_length=500)),
                (
                    "replaces",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="deployments.assessment",
                    ),
                ),
            ],
            options={
                "ordering": ("kind", "-in_force_from", "title"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("force_id", "kind", "title", "version"), name="deployments_assessment_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", KINDS)), name="deployments_assessment_kind"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssessmentFile",
            fields=[
                _id(),
                _force(),
                ("content", models.BinaryField()),
                (
                    "assessment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deployments.assessment",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="AuthorityDocument",
            fields=[
                _id(),
                _force(),
                ("content_hash", models.CharField(max_length=64)),
                ("file_sha256", models.CharField(db_index=True, max_length=64)),
                ("issued_to_id", models.UUIDField(null=True)),
                ("issued_to", models.CharField(max_length=254)),
                ("issued_at", models.DateTimeField()),
                (
                    "deployment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deployments.deployment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("deployment", "file_sha256"), name="deployments_document_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="deploymentdecision",
            index=models.Index(fields=["content_hash"], name="deployments_decided_content"),
        ),
        tenant_policy(TABLE),
        tenant_policy(FILES),
        restrict(TABLE, "SELECT", "INSERT", "UPDATE"),
        restrict(FILES, "SELECT", "INSERT"),
        same_force(TABLE, "replaces_id", TABLE),
        same_force(FILES, "assessment_id", TABLE),
        tenant_policy(DOCUMENTS),
        restrict(DOCUMENTS, "SELECT", "INSERT"),
        same_force(DOCUMENTS, "deployment_id", "deployments_deployment"),
        *(_public_function(signature, *rest) for signature, rest in FUNCTIONS.items()),
    ]
