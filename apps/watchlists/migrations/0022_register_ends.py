"""The register says when somebody's time on a list ended, so that its entries go by the force's years, and
holds each reference as references are compared, so that a question about one is a single indexed look."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import Max

BATCH = 2_000
# A list that there is no trace of any more was there no longer than a list may be (operations_import).
LONGEST = timedelta(hours=72)


def fill(apps, schema_editor):
    """Entries from before: until the deadline of the deployment's last list. As the owner, past the wall."""
    register = apps.get_model("watchlists", "MembershipRegister")
    lists = apps.get_model("watchlists", "Watchlist")
    ends = dict(lists.objects.values_list("deployment_id").annotate(Max("purge_due_at")))
    batch = []
    for row in register.objects.iterator(chunk_size=BATCH):
        row.folded = row.reference.strip().casefold()
        row.ends_at = ends.get(row.deployment_id, row.listed_at + LONGEST)
        batch.append(row)
        if len(batch) == BATCH:
            register.objects.bulk_update(batch, ["folded", "ends_at"])
            batch = []
    register.objects.bulk_update(batch, ["folded", "ends_at"])


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0021_consent_to_decoys")]

    operations = [
        migrations.AddField(
            "membershipregister",
            "folded",
            models.CharField(max_length=200, default=""),
            preserve_default=False,
        ),
        migrations.AddField("membershipregister", "ends_at", models.DateTimeField(null=True)),
        migrations.AddField("membershipregister", "removed_early", models.BooleanField(default=False)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        # What was filled in waits for deferred checks, and the table cannot be altered before.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("membershipregister", "ends_at", models.DateTimeField()),
        migrations.AddIndex(
            "membershipregister",
            models.Index(fields=["force_id", "folded"], name="watchlists_register_asked"),
        ),
        migrations.AddIndex(
            "membershipregister",
            models.Index(fields=["force_id", "ends_at"], name="watchlists_register_due"),
        ),
    ]
