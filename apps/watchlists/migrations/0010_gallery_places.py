"""Rows of the gallery are numbered, so that one pass counts and compares them; no statistics of templates.

ANALYZE, which autovacuum runs by itself, keeps sample values of a column in pg_statistic: a table that is logged,
replicated and dumped. With a target of 0 it keeps none of a template.
"""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE

# A search refills an emptied gallery: the rows of before have no place. TRUNCATE also leaves no file behind.
PLACES = """
TRUNCATE watchlists_gallery;
ALTER TABLE watchlists_gallery
    ADD COLUMN place integer,
    ADD CONSTRAINT watchlists_gallery_placed CHECK (
        (embedding IS NULL AND place IS NULL) OR (embedding IS NOT NULL AND place IS NOT NULL AND place BETWEEN 0 AND 1048575)
    ),
    ADD CONSTRAINT watchlists_gallery_place_once UNIQUE (deployment_id, place);
"""

WITHOUT_PLACES = """
TRUNCATE watchlists_gallery;
ALTER TABLE watchlists_gallery DROP CONSTRAINT watchlists_gallery_placed, DROP COLUMN place;
"""

# What ANALYZE kept until now goes with the setting: the next ANALYZE would leave the old row as it is.
NO_SAMPLES = """
ALTER TABLE watchlists_gallery ALTER COLUMN embedding TYPE halfvec;
DO $block$
DECLARE
    v_table regclass;
BEGIN
    FOR v_table IN
        SELECT 'public.watchlists_gallery'::regclass
        UNION ALL
        SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'public.watchlists_gallery'::regclass
    LOOP
        EXECUTE format('ALTER TABLE ONLY %s ALTER COLUMN embedding SET STATISTICS 0', v_table);
    END LOOP;
END
$block$;
"""

# As in 0003, and LIKE does not take the target of statistics over.
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
    -- The owner's default privileges would let the application role in beside the parent's policy.
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, {APPLICATION_ROLE}', v_name);
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', v_name);
    EXECUTE format('ALTER TABLE public.watchlists_gallery ATTACH PARTITION public.%I FOR VALUES IN (%L)',
                   v_name, p_deployment);
END
$function$;
"""  # noqa: S608 - the name of a role, a constant of ours


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0009_weak_points")]

    operations = [
        migrations.RunSQL(sql=PLACES, reverse_sql=WITHOUT_PLACES),
        migrations.RunSQL(sql=NO_SAMPLES, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(sql=OPEN, reverse_sql=migrations.RunSQL.noop),
    ]
