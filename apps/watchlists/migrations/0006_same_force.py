"""Keys that stay in their force (core.rls.same_force)."""

from django.db import migrations

from apps.core.rls import same_force


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0005_import_wall")]

    operations = [
        same_force("watchlists_subject", "watchlist_id", "watchlists_watchlist"),
        same_force("watchlists_picture", "subject_id", "watchlists_subject"),
        same_force("watchlists_refusal", "watchlist_id", "watchlists_watchlist"),
        same_force("watchlists_stagedpicture", "job_id", "watchlists_importjob"),
    ]
