"""The searchable gallery and the two functions that open and drop its partitions.

The application role owns nothing: it may read, insert and delete through the parent, where row-level security
applies, and has no right on a partition. Only the two functions, which run as their owner, create or drop one.
"""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE, CURRENT_FORCE

# No foreign key: attaching a partition with one would lock the registry of forces, and the check that force_id is
# the open force is in the policy. An entry has an embedding; the one marker of a partition has the seal instead.
GALLERY = f"""
CREATE TABLE watchlists_gallery (
    force_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    subject_id uuid,
    picture_id uuid,
    embedding halfvec,
    seal_hash bytea,
    expires_at timestamptz,
    CONSTRAINT watchlists_gallery_entry_or_marker CHECK (
        (embedding IS NOT NULL AND subject_id IS NOT NULL AND picture_id IS NOT NULL AND seal_hash IS NULL)
        OR (embedding IS NULL AND subject_id IS NULL AND picture_id IS NULL AND expires_at IS NULL
            AND seal_hash IS NOT NULL AND octet_length(seal_hash) = 32)
    ),
    -- A picture once, and (nulls not distinct) one marker.
    CONSTRAINT watchlists_gallery_once UNIQUE NULLS NOT DISTINCT (deployment_id, picture_id)
) PARTITION BY LIST (deployment_id);
ALTER TABLE watchlists_gallery ENABLE ROW LEVEL SECURITY;
CREATE POLICY force_wall ON watchlists_gallery FOR ALL
    USING (force_id = {CURRENT_FORCE}) WITH CHECK (force_id = {CURRENT_FORCE});
REVOKE ALL ON watchlists_gallery FROM PUBLIC, {APPLICATION_ROLE};
GRANT SELECT, INSERT, DELETE ON watchlists_gallery TO {APPLICATION_ROLE};
"""

# CREATE ... PARTITION OF would wait for every reader of the parent and stall all forces behind it: a table made
# LIKE the parent and attached takes a lock that readers do not mind. UNLOGGED: never in the write-ahead log.
OPEN = f"""
CREATE FUNCTION watchlists_open_gallery(p_deployment uuid, p_dimension integer) RETURNS void
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
    -- The owner's default privileges would let the application role in beside the parent's policy.
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, {APPLICATION_ROLE}', v_name);
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', v_name);
    EXECUTE format('ALTER TABLE public.watchlists_gallery ATTACH PARTITION public.%I FOR VALUES IN (%L)',
                   v_name, p_deployment);
END
$function$;
REVOKE EXECUTE ON FUNCTION watchlists_open_gallery(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlists_open_gallery(uuid, integer) TO {APPLICATION_ROLE};
"""

# Dropping locks the parent against every search: after 100 ms it gives up, and the caller tries again.
DROP = f"""
CREATE FUNCTION watchlists_drop_gallery(p_deployment uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '100ms' AS $function$
DECLARE
    v_force uuid := nullif(current_setting('app.force_id', true), '')::uuid;
    v_name text := 'watchlists_gallery_' || replace(p_deployment::text, '-', '');
BEGIN
    PERFORM 1 FROM public.watchlists_watchlist
      WHERE deployment_id = p_deployment AND force_id = v_force AND state = 'purging'
        FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no list of this force is being purged for deployment %', p_deployment
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF to_regclass('public.' || v_name) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE public.%I', v_name);
    RETURN true;
END
$function$;
REVOKE EXECUTE ON FUNCTION watchlists_drop_gallery(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlists_drop_gallery(uuid) TO {APPLICATION_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0002_wall")]

    operations = [
        migrations.RunSQL(sql=GALLERY, reverse_sql="DROP TABLE watchlists_gallery CASCADE"),
        migrations.RunSQL(sql=OPEN, reverse_sql="DROP FUNCTION watchlists_open_gallery(uuid, integer)"),
        migrations.RunSQL(sql=DROP, reverse_sql="DROP FUNCTION watchlists_drop_gallery(uuid)"),
    ]
