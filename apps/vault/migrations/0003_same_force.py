"""Keys that stay in their force (core.rls.same_force)."""

from django.db import migrations

from apps.core.rls import same_force


class Migration(migrations.Migration):
    dependencies = [("vault", "0002_wall")]

    operations = [
        same_force("vault_vaultblob", "key_id", "vault_vaultkey"),
    ]
