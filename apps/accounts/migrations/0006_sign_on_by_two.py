"""A force's provider: settings that wait for a second administrator, domains of its own, a version."""

from django.db import migrations, models

from apps.core.rls import APPLICATION_ROLE, CURRENT_FORCE

# Answers one bit about other forces, and for the open force only: whether a domain is another one's. That is
# so when another force registered it, or when an administrator of another force has an address in it.
DOMAIN_TAKEN = (
    "CREATE FUNCTION accounts_domain_taken(domain text) RETURNS boolean"  # noqa: S608 - of constants
    " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS"
    " $$ SELECT EXISTS (SELECT FROM public.accounts_identityprovider p"
    f" WHERE p.force_id <> {CURRENT_FORCE} AND p.email_domains ? domain)"
    " OR EXISTS (SELECT FROM public.accounts_rolegrant g JOIN public.accounts_user u ON u.id = g.user_id"
    f" WHERE g.force_id <> {CURRENT_FORCE} AND g.role = 'force_admin' AND g.revoked_at IS NULL"
    " AND u.is_active AND split_part(lower(u.username), '@', 2) = domain) $$"
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_vouching")]

    operations = [
        migrations.AddField("identityprovider", "email_domains", models.JSONField(default=list)),
        migrations.AddField("identityprovider", "version", models.PositiveIntegerField(default=1)),
        migrations.AddField(
            "identityprovider",
            "confirmed_by",
            models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField("identityprovider", "proposed", models.JSONField(null=True)),
        migrations.AddField("identityprovider", "proposed_by_id", models.UUIDField(null=True)),
        migrations.AddField(
            "identityprovider",
            "proposed_by",
            models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField("identityprovider", "proposed_at", models.DateTimeField(null=True)),
        migrations.AlterField("identityprovider", "issuer", models.URLField(blank=True, max_length=300)),
        migrations.AlterField("identityprovider", "client_id", models.CharField(blank=True, max_length=200)),
        migrations.AlterField("identityprovider", "enabled", models.BooleanField(default=False)),
        # Nobody confirmed those: two administrators turn them on again.
        migrations.RunSQL(
            sql="UPDATE accounts_identityprovider SET enabled = false", reverse_sql=migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            sql=[
                DOMAIN_TAKEN,
                "REVOKE EXECUTE ON FUNCTION accounts_domain_taken(text) FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION accounts_domain_taken(text) TO {APPLICATION_ROLE}",
            ],
            reverse_sql="DROP FUNCTION accounts_domain_taken(text)",
        ),
    ]
