"""A machine whose key store is not mounted does not start: it would keep alerts under keys of its own."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.core.clock import utc_now
from apps.ops import checks
from apps.ops.key_store import elsewhere_problems
from apps.vault import api as vault
from tests.support.alert_stage import make_stage


def test_a_folder_that_is_not_mounted_is_refused_and_left_empty(real_db, settings, tmp_path):
    stage = make_stage("north")
    assert elsewhere_problems() == []
    empty = tmp_path / "keys"
    empty.mkdir(mode=0o700)
    settings.LFR_KEYSTORE_DIR = empty
    with pytest.raises(ImproperlyConfigured, match="mount the key store"):
        checks.assert_boot()
    assert list(empty.iterdir()) == []
    with stage.context():
        vault.destroy_key(key_id=_only_key(stage), now=utc_now())
    assert elsewhere_problems() == []


def test_the_first_start_of_an_installation_has_no_keys_yet(real_db, settings, tmp_path):
    settings.LFR_KEYSTORE_DIR = tmp_path / "not there yet"
    assert elsewhere_problems() == []


def _only_key(stage):
    from apps.vault.models import VaultKey

    (key,) = VaultKey.objects.filter(destroyed_at__isnull=True)
    return key.id


@pytest.mark.parametrize("number", [1, 2], ids=["in the first test", "in one after it"])
def test_the_master_key_outlives_the_tests_of_a_process(real_db, number):
    """A worker that a test starts finds the key under which this process has kept the others."""
    make_stage("north")
    assert elsewhere_problems() == []
