"""The wall around consents of the Blue List. What was agreed is not rewritten; that it ended is written."""

from django.db import migrations

from apps.core.rls import restrict, tenant_policy

NEVER_REWRITTEN = """
CREATE FUNCTION watchlists_consent_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.force_id, NEW.reference, NEW.folded, NEW.member_id, NEW.begins_on, NEW.ends_on,
        NEW.ends_at, NEW.wording_version, NEW.given_how, NEW.recorded_at, NEW.recorded_by_id)
       IS DISTINCT FROM
       (OLD.id, OLD.force_id, OLD.reference, OLD.folded, OLD.member_id, OLD.begins_on, OLD.ends_on,
        OLD.ends_at, OLD.wording_version, OLD.given_how, OLD.recorded_at, OLD.recorded_by_id)
       OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
       OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)
    THEN
        RAISE EXCEPTION 'a consent is never rewritten' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER watchlists_consent_stays BEFORE UPDATE ON watchlists_consent
    FOR EACH ROW EXECUTE FUNCTION watchlists_consent_stays();
"""
BACK = """
DROP TRIGGER watchlists_consent_stays ON watchlists_consent;
DROP FUNCTION watchlists_consent_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0018_consents"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("watchlists_consent"),
        restrict("watchlists_consent", "SELECT", "INSERT", "UPDATE"),
        migrations.RunSQL(sql=NEVER_REWRITTEN, reverse_sql=BACK),
    ]
