"""The wall around keys and blobs."""

from django.db import migrations

from apps.core.rls import tenant_policy


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("vault_vaultkey"),
        tenant_policy("vault_vaultblob"),
    ]
