"""The application may read a partition of the gallery by its name, behind the same wall as through the parent.

A search that names its partition reads, plans and locks one table (ADR 20). Writing stays with the parent.
"""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE, CURRENT_FORCE

WALLED = f"""
CREATE POLICY force_wall ON public.%I FOR SELECT USING (force_id = {CURRENT_FORCE})
"""

PRESENT = f"""
DO $block$
DECLARE
    v_name name;
BEGIN
    FOR v_name IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = 'public.watchlists_gallery'::regclass
    LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', v_name);
        EXECUTE format($policy${WALLED}$policy$, v_name);
        EXECUTE format('GRANT SELECT ON public.%I TO {APPLICATION_ROLE}', v_name);
    END LOOP;
END
$block$;
"""  # noqa: S608 - the name of a role, a constant of ours

CLOSED = f"""
DO $block$
DECLARE
    v_name name;
BEGIN
    FOR v_name IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = 'public.watchlists_gallery'::regclass
    LOOP
        EXECUTE format('REVOKE ALL ON public.%I FROM {APPLICATION_ROLE}', v_name);
        EXECUTE format('DROP POLICY force_wall ON public.%I', v_name);
    END LOOP;
END
$block$;
"""  # noqa: S608 - the name of a role, a constant of ours

# As in 0010, with the policy and the right to read.
OPEN = f"""
CREATE OR REPLACE FUNCTION watchlists_open_gallery(p_deployment uuid, p_dimension integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $function$
DECLARE
    v_force uuid := nullif(current_setting('app.force_id', true), '')::uuid;
    v_name text := 'watchlists_gallery_' || replace(p_deployment::text, '-', '');
BEGIN
    PERFORM 1 FROM public.watchlists_watchlist
      WHERE deployment_id = p_deployment AND force_id = v_force AND dimension = p_dimension
        AND state IN ('imported', 'sealed')
        FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no list of this force, dimension and state for deployment %', p_deployment
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF to_regclass('public.' || v_name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE UNLOGGED TABLE public.%I (LIKE public.watchlists_gallery INCLUDING ALL,'
                   ' CHECK (force_id = %L), CHECK (deployment_id = %L),'
                   ' CHECK (embedding IS NULL OR public.vector_dims(embedding) = %s))',
                   v_name, v_force, p_deployment, p_dimension);
    EXECUTE format('ALTER TABLE public.%I ALTER COLUMN embedding SET STATISTICS 0', v_name);
    -- The owner's default privileges would let the application role write beside the parent's policy.
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, {APPLICATION_ROLE}', v_name);
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', v_name);
    EXECUTE format($policy${WALLED}$policy$, v_name);
    EXECUTE format('GRANT SELECT ON public.%I TO {APPLICATION_ROLE}', v_name);
    EXECUTE format('ALTER TABLE public.watchlists_gallery ATTACH PARTITION public.%I FOR VALUES IN (%L)',
                   v_name, p_deployment);
END
$function$;
"""  # noqa: S608 - the name of a role, a constant of ours


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0015_picture_decisions_wall")]

    operations = [
        migrations.RunSQL(sql=PRESENT, reverse_sql=CLOSED),
        migrations.RunSQL(sql=OPEN, reverse_sql=migrations.RunSQL.noop),
    ]
