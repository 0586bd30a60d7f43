"""The force's own base map: its lines, behind the wall."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, same_force, tenant_policy

KINDS = [(kind, kind) for kind in ("road", "rail", "water", "outline", "other")]
BOX = [(side, models.FloatField()) for side in ("south", "west", "north", "east")]


def _of_force():
    return [
        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
        (
            "force_id",
            models.UUIDField(db_index=True, default=apps.core.tenancy.current_force_id, editable=False),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("forces", "0011_districts"), ("core", "0002_wall")]

    operations = [
        migrations.CreateModel(
            name="BaseMap",
            fields=[
                *_of_force(),
                ("source", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("lines", models.PositiveIntegerField()),
                *BOX,
                ("uploaded_by", models.CharField(max_length=254)),
                ("uploaded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["force_id"], name="forces_one_base_map")]
            },
        ),
        migrations.CreateModel(
            name="BaseMapLine",
            fields=[
                *_of_force(),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("name", models.CharField(blank=True, max_length=80)),
                ("points", models.JSONField()),
                *BOX,
                (
                    "base_map",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="forces.basemap"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["base_map", "south", "west"], name="forces_map_line_box")]
            },
        ),
        tenant_policy("forces_basemap"),
        restrict("forces_basemap", "SELECT", "INSERT", "DELETE"),
        tenant_policy("forces_basemapline"),
        restrict("forces_basemapline", "SELECT", "INSERT", "DELETE"),
        same_force("forces_basemapline", "base_map_id", "forces_basemap"),
    ]
