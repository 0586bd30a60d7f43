"""The trace check with real faces, a real PostgreSQL and a real Valkey."""

import hashlib
import io
import json
import time
from pathlib import Path
from uuid import uuid4

import cv2
import psycopg
import pytest
from django.core.management import CommandError, call_command

from apps.ops.tracecheck.blobs import decryptable_blobs
from apps.ops.tracecheck.carving import carve
from apps.ops.tracecheck.check import NoFaceToPlant, run_check
from apps.ops.tracecheck.data import Expectations, NamedTemplate, Root, TraceKind
from apps.ops.tracecheck.faces import decode
from apps.ops.tracecheck.needles import NeedleSearch, canary_needles, template_needles
from apps.ops.tracecheck.plants import PREFIX
from apps.ops.tracecheck.sources import Walk
from tests.support.trace_values import noise, template, textured_jpeg

CANARY = b"canary-0f6b7a1c-day"


@pytest.fixture(scope="module")
def pack():
    from apps.ops.tracecheck.engine import EnginePack
    from apps.recognition import api as recognition

    return EnginePack(recognition.get_pack("opencv-zoo"))


@pytest.fixture(scope="module")
def faces(pack, photos):
    """Name → (JPEG bytes, template of its one face)."""

    def one(name):
        data = (photos / f"{name}.jpg").read_bytes()
        [vector] = pack.templates(decode(data))
        return data, NamedTemplate(name, vector)

    return {name: one(name) for name in ("bystander_d", "bystander_e", "subject_a_1", "subject_a_2")}


@pytest.fixture
def expected(faces, pack):
    return {
        "canaries": (CANARY,),
        "forbidden": (faces["bystander_d"][1],),
        "known": (faces["subject_a_1"][1],),
        "same_face": pack.pack.manifest.default_threshold,
        "plant_picture": faces["bystander_e"][0],
    }


@pytest.fixture
def check(tmp_path, pack, expected):
    """Runs the check over tmp_path, with changed expectations, and returns the report."""

    def run(*roots, valkey=None, blobs=None, **changes):
        return run_check(
            roots=roots or (Root(tmp_path),),
            expectations=Expectations(**{**expected, **changes}),
            pack=pack,
            valkey=valkey,
            decryptable_blobs=blobs,
        )

    return run


def kinds(report):
    return [finding.kind for finding in report.findings]


def test_a_clean_tree_is_clean_and_the_planted_traces_are_found_and_gone(check, tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "16384").write_bytes(noise(1, 1 << 20) + bytes(1 << 20))
    (tmp_path / "web.log").write_text("2026-10-10 10:20:30.123 INFO one frame, 0.25 s\n" * 1000)
    report = check()
    assert report.findings == ()
    assert report.clean
    assert report.planted_found == report.planted == 7
    assert report.files_scanned == 9
    assert not list(tmp_path.rglob(f"{PREFIX}*"))


def traces(faces):
    jpeg, person = faces["bystander_d"]
    image = decode(jpeg)
    smaller = cv2.resize(image, None, fx=0.5, fy=0.5)
    values = person.vector
    text = ",".join(f"{value:.9g}" for value in values)
    return {
        "canary in a log": (TraceKind.CANARY, b"INFO " + CANARY + b"\n"),
        "canary in the comment of a frame": (TraceKind.CANARY, noise(1, 700) + CANARY + noise(2, 9)),
        "frame": (TraceKind.PICTURE, noise(1, 4097) + jpeg + noise(2, 4097)),
        "smaller face": (TraceKind.PICTURE, cv2.imencode(".jpg", smaller)[1].tobytes()),
        "face in a PNG": (TraceKind.PICTURE, b"x" + cv2.imencode(".png", smaller)[1].tobytes()),
        "a frame that was cut": (TraceKind.PICTURE, jpeg[: len(jpeg) * 3 // 4]),
        "float32": (TraceKind.TEMPLATE, noise(3, 333) + values.tobytes()),
        "float16": (TraceKind.TEMPLATE, noise(3, 333) + values.astype("<f2").tobytes()),
        "part of a float16": (TraceKind.TEMPLATE, noise(3, 333) + values[40:56].astype("<f2").tobytes()),
        "text": (TraceKind.TEMPLATE, f"ERROR: query [{text}]::halfvec failed".encode()),
        "json": (TraceKind.TEMPLATE, json.dumps(values.tolist()).encode()),
    }


NAMES = (
    "canary in a log",
    "canary in the comment of a frame",
    "frame",
    "smaller face",
    "face in a PNG",
    "a frame that was cut",
    "float32",
    "float16",
    "part of a float16",
    "text",
    "json",
)


@pytest.mark.parametrize("name", NAMES)
def test_each_trace_in_a_file_is_found(check, tmp_path, faces, name):
    kind, content = traces(faces)[name]
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(content)
    report = check()
    assert set(kinds(report)) == {kind}
    assert report.findings[0].where == str(tmp_path / "deep" / "file")
    assert not report.clean


def test_another_shot_of_a_bystander_is_found_as_a_template(check, tmp_path, faces, pack):
    """What a worker computed from a frame has no byte in common with what the check computes."""
    image = cv2.GaussianBlur(decode(faces["bystander_d"][0]), (5, 5), 0)
    [seen] = pack.templates(cv2.resize(image, None, fx=0.6, fy=0.6))
    (tmp_path / "worker.dump").write_bytes(noise(1, 1001) + seen.tobytes())
    assert kinds(check()) == [TraceKind.TEMPLATE]


def test_known_people_may_be_in_a_picture_and_strangers_may_not(check, tmp_path, faces):
    (tmp_path / "enrolled").write_bytes(faces["subject_a_2"][0])  # another picture of subject A
    assert check().clean
    (tmp_path / "stranger").write_bytes(faces["bystander_e"][0])
    report = check(plant_picture=faces["bystander_d"][0])
    assert {(f.kind, Path(f.where).name) for f in report.findings} == {(TraceKind.PICTURE, "stranger")}


def test_a_picture_may_be_known_by_its_hash(check, tmp_path, faces):
    (tmp_path / "known").write_bytes(b"wrapped" + faces["bystander_d"][0])
    assert set(kinds(check())) == {TraceKind.PICTURE}
    assert check(known_pictures=frozenset({hashlib.sha256(faces["bystander_d"][0]).hexdigest()})).clean


def test_inputs_are_left_out_only_as_whole_files(check, tmp_path, faces):
    jpeg = faces["bystander_d"][0]
    (tmp_path / "input.jpg").write_bytes(jpeg)
    inputs = frozenset({hashlib.sha256(jpeg).hexdigest()})
    report = check(inputs=inputs)
    assert report.clean
    assert report.inputs_excluded == 1
    (tmp_path / "leak").write_bytes(b"x" + jpeg)
    assert set(kinds(check(inputs=inputs))) == {TraceKind.PICTURE}


def test_a_check_that_cannot_plant_does_not_pass(check, tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    report = check(Root(Path("/proc/self/fdinfo")), Root(tmp_path))
    assert TraceKind.PLANT_MISSED in kinds(report)
    assert not report.clean


def test_a_check_that_plants_nothing_does_not_pass(check, tmp_path):
    report = check(Root(tmp_path, plant=False))
    assert report.findings == ()
    assert not report.clean


def test_a_picture_without_a_face_proves_nothing(check):
    with pytest.raises(NoFaceToPlant):
        check(plant_picture=textured_jpeg())


def test_live_keys_of_valkey_are_searched_whatever_their_type(check, valkey, services, faces):
    assert check(valkey=valkey).clean
    jpeg, person = faces["bystander_d"]
    p = services.prefix
    valkey.xadd(f"{p}frames", {"jpeg": jpeg})
    valkey.set(f"{p}text", b"x" + CANARY)
    valkey.hset(f"{p}hash", "field", person.vector.tobytes())
    valkey.rpush(f"{p}list", person.vector.astype("<f2").tobytes())
    valkey.sadd(f"{p}set", CANARY)
    valkey.zadd(f"{p}sorted", {CANARY: 1})
    valkey.set(f"{p}{CANARY.decode()}", "in the key's own name")
    found = {(f.kind, f.where.rpartition(":")[2]) for f in check(valkey=valkey).findings}
    assert found == {
        (TraceKind.PICTURE, "frames"),
        (TraceKind.CANARY, "text"),
        (TraceKind.TEMPLATE, "hash"),
        (TraceKind.TEMPLATE, "list"),
        (TraceKind.CANARY, "set"),
        (TraceKind.CANARY, "sorted"),
        (TraceKind.CANARY, CANARY.decode()),
    }
    assert not list(valkey.scan_iter(f"{PREFIX}*"))


def test_what_decrypts_must_be_exactly_what_is_expected(check, real_db):
    from tests.support.alert_stage import make_stage

    stage = make_stage("north")
    alert = stage.raise_alert()
    from apps.vault import api as vault

    with stage.context():
        everything = frozenset(vault.all_blob_ids())
    probe = {alert.probe_blob_id, alert.template_blob_id}
    assert probe < everything
    report = check(blobs=decryptable_blobs, decryptable=everything)
    assert report.clean
    assert report.blobs_tried == len(everything)
    surplus = check(blobs=decryptable_blobs, decryptable=everything - probe)
    assert {f.where for f in surplus.findings} == {f"vault:{blob}" for blob in probe}
    assert set(kinds(surplus)) == {TraceKind.DECRYPTS}
    lacking = check(blobs=decryptable_blobs, decryptable=everything | {uuid4()})
    assert kinds(lacking) == [TraceKind.DOES_NOT_DECRYPT]


def test_a_blob_without_its_key_does_not_decrypt_although_it_is_still_there(check, real_db):
    """As in a backup of the database: the ciphertext is all there, the key is not."""
    from apps.vault.keystore import key_store
    from tests.support.alert_stage import make_stage

    stage = make_stage("north")
    alert = stage.raise_alert()
    before, _ = decryptable_blobs()
    key_store().destroy(force_id=stage.force.id, key_id=alert.key_id)
    after, readable = decryptable_blobs()
    assert before == after
    assert not readable & {alert.probe_blob_id, alert.template_blob_id}


@pytest.fixture
def cluster(services):
    """A superuser's connection to the embedded test server, and its data folder."""
    from lfrplatform.embedded import locate
    from lfrplatform.embedded.place import CLONE
    from lfrplatform.embedded.postgres import superuser_conninfo

    if "lfr-" not in services.owner_url:
        pytest.skip("the server is not ours: its files cannot be read")
    place = locate("test", var=CLONE / "var")
    conninfo = superuser_conninfo(place).replace("dbname=postgres", f"dbname={services.database}")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        yield connection, place.data


@pytest.mark.parametrize("kind", ["", "UNLOGGED"])
def test_what_reaches_a_table_is_found_in_the_files_of_postgresql(cluster, kind, django_db_setup):
    """Relation and log: a picture cut into TOAST chunks, templates in columns. The picture shows no face, as
    this server's files stay."""
    connection, data = cluster
    for _ in range(3):  # a checkpoint that another test asks for lets the log's files be used again
        in_table, in_log = stored_and_searched(connection, data, kind)
        assert in_table == {"canary", "float32", "float16", "picture"}
        if in_log >= in_table:
            break
    assert in_log >= in_table


def stored_and_searched(connection, data, kind):
    person, picture = (
        template("trace in a table", seed=time.time_ns() % 10**9),
        textured_jpeg(seed=time.time_ns() % 9999),
    )
    table = f"trace_{uuid4().hex[:8]}"
    vector = ",".join(str(value) for value in person.vector)
    connection.execute(f"CREATE {kind} TABLE {table} (j bytea, t bytea, h halfvec(128), n text)")
    connection.execute(
        f"INSERT INTO {table} VALUES (%s, %s, %s::halfvec, %s)",
        [picture, person.vector.tobytes(), f"[{vector}]", CANARY.decode()],
    )
    if kind:  # a checkpoint leaves unlogged pages in memory; copying makes the server write them
        connection.execute(f"ALTER TABLE {table} SET LOGGED")
    connection.execute("SELECT pg_switch_wal()")
    # Before the checkpoint: after it the log's files may be used again, for what other tests write.
    in_log = found_in((data / "pg_wal").iterdir(), person, picture)
    connection.execute("CHECKPOINT")
    files = {
        data / connection.execute("SELECT pg_relation_filepath(%s::regclass)", [table]).fetchone()[0],
        data
        / connection.execute(
            "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE oid = %s::regclass", [table]
        ).fetchone()[0],
    }
    in_table = found_in(files, person, picture)
    connection.execute(f"DROP TABLE {table}")
    return in_table, in_log


def found_in(paths, person, picture):
    search = NeedleSearch(canary_needles([CANARY]) + template_needles([person]))
    found, walk = set(), Walk((), frozenset())
    for path in paths:
        if not path.is_file():
            continue
        for block in walk.blocks(path):
            for _, needle in search.search(block.data):
                found.add(needle.label.rpartition(" as ")[2])
            found |= {"picture" for carved in carve(block.data) if carved.data == picture}
    return found - {"float32 big-endian", "float16 big-endian"}


def test_the_command_reads_a_plan_and_fails_on_a_trace(tmp_path, photos, faces, real_db, capsys, monkeypatch):
    from apps.audit.models import AuditEvent
    from tests.support.alert_stage import make_stage

    stage = make_stage("north")
    root = tmp_path / "root"
    root.mkdir()
    plan = {
        "roots": [str(root)],
        "canaries": [CANARY.decode()],
        "bystanders": [str(photos / "bystander_d.jpg")],
        "known": [str(photos / "subject_a_1.jpg")],
        "inputs": [str(photos)],
    }
    (root / "plan.json").write_text(json.dumps(plan))  # names the canary, and is no trace
    (root / "input.jpg").write_bytes((photos / "bystander_e.jpg").read_bytes())
    report_path = tmp_path / "report.json"
    call_command("trace_check", "--plan", str(root / "plan.json"), "--no-valkey", "--out", str(report_path))
    assert json.loads(report_path.read_text())["clean"] is True
    (root / "leak").write_bytes(b"--" + faces["bystander_e"][0])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(plan).encode())))
    with pytest.raises(CommandError) as failed:
        call_command("trace_check", "--no-valkey", "--out", str(report_path))
    assert failed.value.returncode == 1
    report = json.loads(report_path.read_text())
    assert {Path(finding["where"]).name for finding in report["findings"]} == {"leak"}
    assert CANARY.decode() not in report_path.read_text()
    assert CANARY.decode() not in capsys.readouterr().out
    with stage.context():
        verdicts = [
            e.payload["clean"] for e in AuditEvent.objects.filter(verb="ops.trace_checked").order_by("at")
        ]
    assert verdicts == [True, False]


def test_the_command_refuses_a_plan_without_anything_to_plant(tmp_path):
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(CommandError, match="plant"):
        call_command("trace_check", "--plan", str(tmp_path / "plan.json"), "--no-valkey")
