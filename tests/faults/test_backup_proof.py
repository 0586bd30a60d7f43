"""After a purge nothing biometric can be read again, not from a backup either.

With PostgreSQL's own programs, on servers of its own. Backups are taken while a list is sealed and an alert
is open: a base backup with the write-ahead log up to a moment before the purge, and dumps. Then the purge
runs, and each backup is restored and read, and searched byte by byte.
"""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest

from lfrplatform.embedded import locate, start_services
from lfrplatform.embedded.identity import OWNER_ROLE
from lfrplatform.embedded.place import CLONE
from tests.support.backups import WITHOUT_GALLERIES, PostgresTools, django_on, restored_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BEGUN = time.monotonic()
A_DAY_AFTER_THE_WINDOW = timedelta(hours=30)
BEFORE_THE_PURGE = "before_the_purge"
PIECE, STEP = 48, 900  # at least one piece in each TOAST chunk


def say(what: str) -> None:
    print(f"{time.monotonic() - BEGUN:6.1f} s  {what}", flush=True)  # noqa: T201 - a slow test says how far it is


@dataclass(repr=False)  # it has passwords and keys
class Kept:
    """What there was before the purge, as whoever wants it back would know it, and the backups."""

    handle: object
    tools: PostgresTools
    folder: Path
    pack: object
    stage: object = None
    alert: object = None
    plaintexts: dict = field(default_factory=dict)
    keys: list[bytes] = field(default_factory=list)
    gallery: list[np.ndarray] = field(default_factory=list)
    refused: subprocess.CompletedProcess[str] | None = None

    @property
    def partition(self) -> str:
        return f"watchlists_gallery_{self.stage.deployment_id.hex}"

    @property
    def base(self) -> Path:
        return self.folder / "base"

    @property
    def log(self) -> Path:
        return self.folder / "pg_wal"  # the trace check takes the log's page headers out of a folder named so

    @property
    def safe_dump(self) -> Path:
        return self.folder / "dumps" / "safe.dump"

    @property
    def unsafe_dump(self) -> Path:
        return self.folder / "unsafe" / "superuser.dump"

    @property
    def old_keys(self) -> Path:
        return self.folder / "copied-keys"

    def rows(self, dbname: str = "lfr", tools: PostgresTools | None = None) -> int:
        return (tools or self.tools).ask(f'SELECT count(*) FROM "{self.partition}"', dbname)


@pytest.fixture(scope="module")
def kept(services, photos, tmp_path_factory, django_db_setup, django_db_blocker):
    with pytest.MonkeyPatch.context() as environment:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
            environment.delenv(name)  # set, they would stand in for servers of our own
        place = locate("backup", services.scratch / "backup")
        shutil.rmtree(place.base, ignore_errors=True)  # of a run that was killed
        with start_services("backup", var=place.var) as handle, django_db_blocker.unblock():
            env = {**os.environ, **handle.env, "DJANGO_SETTINGS_MODULE": "lfrplatform.settings.test"}
            argv = [sys.executable, str(CLONE / "manage.py"), "migrate", "--no-input", "--verbosity", "0"]
            migrating = env | {"DATABASE_URL": handle.env["DATABASE_OWNER_URL"]}
            subprocess.run(argv, env=migrating, cwd=CLONE, check=True)
            say("a server of its own, migrated")
            tools = PostgresTools(place)
            tools.let_replicate()
            kept = Kept(handle, tools, tmp_path_factory.mktemp("backups"), engine())
            with tools.receiving_log(kept.log), django_on(handle.env):
                back_up_and_purge(kept, photos, services)
            yield kept
        shutil.rmtree(place.base, ignore_errors=True)


def engine():
    from apps.ops.tracecheck.engine import EnginePack
    from apps.recognition import api as recognition

    return EnginePack(recognition.get_pack("opencv-zoo"))


def back_up_and_purge(kept, photos, services):
    from apps.core.clock import utc_now
    from apps.retention import api as retention
    from tests.support.live_stage import make_live_stage

    kept.stage = make_live_stage({n: (photos / f"subject_{n}_1.jpg").read_bytes() for n in ("a", "b")})
    assert kept.rows() == 3  # two faces and the marker
    # The base before the alert, which so is in the log only: restored, it shows that the log was replayed.
    kept.tools.sure("pg_basebackup", "-D", kept.base, "-X", "stream", "--checkpoint=fast")
    say("base backup taken; the list is sealed and searched")
    kept.alert = raise_alert(kept, photos)
    remember(kept, services)
    kept.safe_dump.parent.mkdir()
    kept.unsafe_dump.parent.mkdir()
    dump = ("pg_dump", "--format=custom", "--compress=none", "--dbname=lfr")
    kept.tools.sure(*dump, WITHOUT_GALLERIES, "--file", kept.safe_dump, role=OWNER_ROLE)
    kept.refused = kept.tools.run(*dump, "--file", kept.folder / "refused.dump", role=OWNER_ROLE)
    kept.tools.sure(*dump, "--file", kept.unsafe_dump)
    kept.tools.ask(f"SELECT pg_create_restore_point('{BEFORE_THE_PURGE}')")
    say("dumps taken, restore point set; now the purge")
    done = retention.run_due(force_id=kept.stage.force.id, now=utc_now() + A_DAY_AFTER_THE_WINDOW)
    assert not done.problems
    assert {c.data_class for c in done.certificates} >= {"watchlist", "alert_biometrics"}
    kept.tools.finish_segment(kept.log)
    say(f"purged, with {len(done.certificates)} certificates; the log is archived")


def raise_alert(kept, photos):
    """Of another photograph of A, as recognition raises it."""
    from apps.alerts import api as alerts
    from apps.core.clock import utc_now
    from apps.core.data import Actor
    from apps.ops.tracecheck.faces import decode

    jpeg, now, stage = (photos / "subject_a_2.jpg").read_bytes(), utc_now(), kept.stage
    [template] = kept.pack.templates(decode(jpeg))
    with stage.context():
        return alerts.raise_alert(
            deployment_id=stage.deployment_id,
            camera_id=stage.camera_id,
            track_id="a-track",
            subject_id=stage.subjects["a"],
            cosine_similarity=0.7,
            threshold=stage.get().authority.threshold,
            captured_at=now - timedelta(milliseconds=300),
            probe_jpeg=jpeg,
            template=template,
            actor=Actor.system(force_id=stage.force.id, label="recognition"),
            now=now,
        )


def remember(kept, services):
    """Every blob in the clear, every key, and the gallery as pgvector gives it; and steal the key store."""
    from apps.vault import api as vault
    from apps.vault.keystore import key_store

    force_id, store = kept.stage.force.id, key_store()
    with kept.stage.context():
        kept.plaintexts = {blob: vault.read(blob_id=blob) for blob in vault.all_blob_ids()}
    kept.keys = [store.load(force_id=force_id, key_id=key) for key, _ in store.keys(force_id=force_id)]
    with psycopg.connect(kept.handle.env["DATABASE_OWNER_URL"]) as owner:
        owner.execute("SELECT set_config('app.force_id', %s, false)", [str(force_id)])
        rows = owner.execute(
            f'SELECT embedding::vector::real[] FROM "{kept.partition}" WHERE embedding IS NOT NULL'
        ).fetchall()
    kept.gallery = [np.array(values, dtype=np.float32) for (values,) in rows]
    shutil.copytree(services.scratch / "keys", kept.old_keys)
    assert len(kept.plaintexts) >= 6  # pictures and templates of two people and of one alert
    assert len(kept.gallery) == 2
    assert len(kept.keys) >= 2


def found_in(kept, photos, *roots):
    """The report of the trace check over `roots`: nobody may be there, in any form, and no key either."""
    from apps.ops.tracecheck.check import run_check
    from apps.ops.tracecheck.data import Expectations, NamedTemplate, Root
    from apps.recognition import api as recognition

    whole = [NamedTemplate(f"gallery {n}", template) for n, template in enumerate(kept.gallery)]
    secrets = list(kept.keys)
    for blob in kept.plaintexts.values():  # pieces: a page, a chunk or a line of a dump may cut a whole
        last = len(blob) - PIECE
        secrets += [blob[at : at + PIECE] for at in range(0, last, STEP)]
    expectations = Expectations(
        canaries=tuple(dict.fromkeys(secrets)),
        forbidden=tuple(whole),
        known=(),
        same_face=recognition.manifest("opencv-zoo").default_threshold,
        plant_picture=(photos / "bystander_e.jpg").read_bytes(),
    )
    report = run_check(roots=[Root(root) for root in roots], expectations=expectations, pack=kept.pack)
    assert report.planted_found == report.planted > 0
    say(f"searched {report.files_scanned} files, {report.bytes_scanned >> 20} MB, in {report.seconds:.1f} s")
    return report


def what_can_be_read(kept):
    """(how many blobs are there, the plaintexts of those that open), with the keys that are there."""
    from apps.ops.tracecheck.blobs import decrypts
    from apps.vault import api as vault

    with kept.stage.context():
        there = vault.all_blob_ids()
        return len(there), {blob: vault.read(blob_id=blob) for blob in there if decrypts(blob)}


def rows_are_back(kept):
    """Otherwise that nothing can be read would show nothing."""
    from apps.alerts.models import Alert
    from apps.watchlists.models import Picture, Subject, Watchlist

    with kept.stage.context():
        alert = Alert.objects.get(id=kept.alert.id)
        assert alert.probe_blob_id in kept.plaintexts
        assert alert.purged_at is None
        assert {p.picture_blob_id for p in Picture.objects.all()} < kept.plaintexts.keys()
        assert Watchlist.objects.get(deployment_id=kept.stage.deployment_id).state == "sealed"
        # No biometrics, so in the clear: only the end of the backup ends it.
        assert {s.display_name for s in Subject.objects.all()} == {"Test subject a", "Test subject b"}


def nothing_can_be_read_but_with_stolen_keys(kept, settings):
    rows_are_back(kept)
    there, opened = what_can_be_read(kept)
    assert there == len(kept.plaintexts)
    assert opened == {}
    # What the promise rests on: with a copy of the key store from before the purge, all of it opens.
    own, settings.LFR_KEYSTORE_DIR = settings.LFR_KEYSTORE_DIR, str(kept.old_keys)
    assert what_can_be_read(kept) == (there, kept.plaintexts)
    settings.LFR_KEYSTORE_DIR = own


def what_came_back_is_purged_again(kept):
    """By the rows' own deadlines, as the sweep of a platform that runs on what was restored does."""
    from apps.core.clock import utc_now
    from apps.retention import api as retention

    done = retention.run_due(force_id=kept.stage.force.id, now=utc_now() + A_DAY_AFTER_THE_WINDOW)
    assert not done.problems
    assert what_can_be_read(kept) == (0, {})


def test_the_purge_left_no_key_no_blob_and_no_gallery(kept, services):
    with django_on(kept.handle.env):
        assert what_can_be_read(kept) == (0, {})
    assert not list((services.scratch / "keys").glob(f"{kept.stage.force.id.hex}/*.key"))
    assert list(kept.old_keys.glob(f"{kept.stage.force.id.hex}/*.key"))
    assert kept.tools.ask(f"SELECT to_regclass('{kept.partition}') IS NULL", "lfr")


def test_a_base_backup_with_its_log_gives_rows_and_neither_picture_nor_template(kept, settings):
    with restored_server(kept.tools.place, kept.base, kept.log, BEFORE_THE_PURGE) as restored:
        say("base backup restored to a moment before the purge")
        assert kept.rows(tools=PostgresTools(restored.supervisor.place)) == 0
        with django_on(restored.env):
            nothing_can_be_read_but_with_stolen_keys(kept, settings)
            what_came_back_is_purged_again(kept)


def test_a_dump_without_galleries_gives_rows_and_neither_picture_nor_template(kept, settings):
    restore(kept, kept.safe_dump, "from_safe")
    say("dump restored into a fresh database")
    assert kept.rows("from_safe") == 0
    with django_on(kept.handle.env, NAME="from_safe"):
        nothing_can_be_read_but_with_stolen_keys(kept, settings)
        what_came_back_is_purged_again(kept)


def restore(kept, dump, name):
    kept.tools.ask(f"CREATE DATABASE {name} OWNER {OWNER_ROLE} TEMPLATE template0")
    kept.tools.sure("pg_restore", "--exit-on-error", f"--dbname={name}", dump)


def test_the_owners_dump_that_forgets_the_option_is_refused(kept):
    """Looked at on what was restored would be too late: the gallery must still be there."""
    assert kept.refused.returncode != 0
    assert "row-level security" in kept.refused.stderr
    assert kept.partition in kept.refused.stderr


def test_what_a_superusers_dump_would_hold_is_found(kept, photos):
    """Nothing stops a superuser, so it is forbidden in words; and the search of the test above can find."""
    report = found_in(kept, photos, kept.unsafe_dump.parent)
    assert {(f.kind, f.detail.rpartition(" as ")[2]) for f in report.findings} == {("template", "text")}


def test_bytes_planted_beside_the_backups_are_found(kept, photos, tmp_path):
    picture = max(kept.plaintexts.values(), key=len)
    planted = {
        "float32": kept.gallery[0].tobytes(),
        "half": kept.gallery[0].astype("<f2").tobytes(),
        "half as sent": kept.gallery[1].astype(">f2").tobytes(),
        "picture": picture,
        "piece of a picture in a dump": b"\\\\x" + picture[1000:3000].hex().encode(),
        "key": kept.keys[0],
    }
    for name, content in planted.items():
        (tmp_path / name).write_bytes(b"\x17" * 101 + content + b"\x17" * 99)
    report = found_in(kept, photos, tmp_path)
    assert {Path(finding.where).name for finding in report.findings} == set(planted)


def test_no_byte_of_face_template_or_key_is_in_any_backup(kept, photos):
    report = found_in(kept, photos, kept.base, kept.log, kept.safe_dump.parent)
    assert report.findings == ()
    assert report.clean
