"""Anybody may read a published notice, only its force may write one: the written exemption from the wall."""

from django.db import migrations

from apps.core.rls import CURRENT_FORCE, restrict

OWN = f"force_id = {CURRENT_FORCE}"


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        migrations.RunSQL(
            sql=[
                "ALTER TABLE notices_notice ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY published_or_own ON notices_notice FOR SELECT"
                f" USING ({OWN} OR published_at IS NOT NULL)",
                f"CREATE POLICY own_insert ON notices_notice FOR INSERT WITH CHECK ({OWN})",
                f"CREATE POLICY own_update ON notices_notice FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})",
                "ALTER TABLE notices_notice ADD CONSTRAINT notices_notice_force_fk"
                " FOREIGN KEY (force_id) REFERENCES forces_force (id) DEFERRABLE INITIALLY DEFERRED",
            ],
            reverse_sql=[
                "ALTER TABLE notices_notice DROP CONSTRAINT notices_notice_force_fk",
                "DROP POLICY own_update ON notices_notice",
                "DROP POLICY own_insert ON notices_notice",
                "DROP POLICY published_or_own ON notices_notice",
                "ALTER TABLE notices_notice DISABLE ROW LEVEL SECURITY",
            ],
        ),
        restrict("notices_notice", "SELECT", "INSERT", "UPDATE"),
    ]
