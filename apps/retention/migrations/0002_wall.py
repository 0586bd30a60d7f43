"""The wall around certificates, and their finality: what is certified can be neither changed nor deleted."""

from django.db import migrations

from apps.core.rls import restrict, tenant_policy

FINAL = """
CREATE FUNCTION retention_certificate_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a finished deletion certificate is final' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER retention_certificate_is_final BEFORE UPDATE OR DELETE ON retention_deletioncertificate
    FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION retention_certificate_is_final();
"""
NOT_FINAL = """
DROP TRIGGER retention_certificate_is_final ON retention_deletioncertificate;
DROP FUNCTION retention_certificate_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("retention_deletioncertificate"),
        restrict("retention_deletioncertificate", "SELECT", "INSERT", "UPDATE"),
        migrations.RunSQL(sql=FINAL, reverse_sql=NOT_FINAL),
    ]
