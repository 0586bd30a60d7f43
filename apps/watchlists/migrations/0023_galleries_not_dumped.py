"""pg_dump copies unlogged tables, so the templates of every open gallery in the clear, unless it is told not to:
now the owner's dump without `--no-unlogged-table-data` fails at the first gallery.

pg_dump asks to see past row-level security (`row_security = off`) and not to be given part of a table silently.
FORCE puts the owner behind it, too; a policy of the owner's own leaves everything but that as it was. A superuser
passes by all of this (docs/explanation/what-remains-after-deletion.md).
"""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE, CURRENT_FORCE

# The owner runs this migration, and the function below runs as the owner.
NOT_DUMPED = (
    "ALTER TABLE public.%I FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner_sees_but_does_not_dump ON public.%I TO CURRENT_USER USING (true) WITH CHECK (true)",
)
DUMPED = (
    "DROP POLICY owner_sees_but_does_not_dump ON public.%I",
    "ALTER TABLE public.%I NO FORCE ROW LEVEL SECURITY",
)


def on_each(statements: tuple[str, ...]) -> str:
    """For the galleries that are open now."""
    each = "\n".join(f"EXECUTE format('{statement}', v_name);" for statement in statements)
    return f"""
DO $block$
DECLARE
    v_name name;
BEGIN
    FOR v_name IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = 'public.watchlists_gallery'::regclass
    LOOP
        {each}
    END LOOP;
END
$block$;
"""  # noqa: S608 - statements of ours


# As in 0016; what is new for `further`.
def opening(further: tuple[str, ...]) -> str:
    each = "\n    ".join(f"EXECUTE format('{statement}', v_name);" for statement in further)
    return f"""
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
    EXECUTE format('CREATE POLICY force_wall ON public.%I FOR SELECT USING (force_id = ' ||
                   $policy${CURRENT_FORCE}$policy$ || ')', v_name);
    {each}
    EXECUTE format('GRANT SELECT ON public.%I TO {APPLICATION_ROLE}', v_name);
    EXECUTE format('ALTER TABLE public.watchlists_gallery ATTACH PARTITION public.%I FOR VALUES IN (%L)',
                   v_name, p_deployment);
END
$function$;
"""  # noqa: S608 - the name of a role and statements, constants of ours


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0022_register_ends")]

    operations = [
        migrations.RunSQL(sql=on_each(NOT_DUMPED), reverse_sql=on_each(DUMPED)),
        migrations.RunSQL(sql=opening(NOT_DUMPED), reverse_sql=opening(())),
    ]
