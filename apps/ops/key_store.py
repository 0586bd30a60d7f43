"""Whether the key store that this process was given is the installation's.

A folder that is not mounted looks like a new one: the first alert of a second worker machine would then lie
under a key that no other machine has, and its picture would be gone for every console.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.ops.problems import Problem
from apps.vault import api as vault


def elsewhere_problems() -> list[Problem]:
    """No master key, although the database knows of keys under one. Costs nothing where there is one."""
    folder = Path(settings.LFR_KEYSTORE_DIR)
    if (folder / "master.key").exists():
        return []
    for force_id in forces.all_force_ids():
        with force_context(force_id):
            known = vault.has_keys()
        if known:
            return [
                Problem(
                    "keys_elsewhere",
                    f"the database knows of keys, and {folder} has no master key: mount the key store there",
                )
            ]
    return []
