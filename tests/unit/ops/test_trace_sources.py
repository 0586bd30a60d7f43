import hashlib
import os
import shutil
import socket
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest

from apps.ops.tracecheck import sources
from apps.ops.tracecheck.data import Root, TraceKind
from apps.ops.tracecheck.sources import Walk
from tests.support.trace_values import noise

NOBODY = 65534


def names(walk: Walk) -> list[str]:
    return [path.name for path in walk.files()]


def test_it_lists_every_file_below_once_and_follows_links(tmp_path):
    inside, outside = tmp_path / "var", tmp_path / "data"
    (inside / "a" / "b").mkdir(parents=True)
    outside.mkdir()
    for path in (inside / "one", inside / "a" / "b" / "two", outside / "three"):
        path.write_bytes(b"x")
    (inside / "link").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "nowhere").symlink_to(tmp_path / "absent")
    os.link(inside / "one", inside / "one-again")
    walk = Walk((Root(inside), Root(outside)), frozenset())
    assert sorted(names(walk)) == ["one", "three", "two"]
    assert not walk.findings


def test_sockets_and_pipes_are_counted_and_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    walk = Walk((Root(tmp_path),), frozenset())
    assert not names(walk)
    assert walk.left_out["no regular file"] == 2
    listening.close()


@pytest.fixture
def ordinary_user():
    """Root can read everything, so it becomes somebody else for a moment."""
    before = os.geteuid()
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, NOBODY if before == 0 else -1, -1)
    if before == 0:
        os.seteuid(NOBODY)
    yield folder
    os.seteuid(before)
    shutil.rmtree(folder)


def test_what_cannot_be_read_is_a_finding(ordinary_user):
    (ordinary_user / "secret").write_bytes(b"x")
    (ordinary_user / "closed").mkdir()
    (ordinary_user / "secret").chmod(0)
    (ordinary_user / "closed").chmod(0)
    walk = Walk((Root(ordinary_user),), frozenset())
    for path in walk.files():
        list(walk.blocks(path))
    (ordinary_user / "closed").chmod(0o700)
    assert {finding.kind for finding in walk.findings} == {TraceKind.UNREADABLE}
    assert {Path(finding.where).name for finding in walk.findings} == {"secret", "closed"}


def test_a_missing_root_is_a_finding(tmp_path):
    walk = Walk((Root(tmp_path / "absent"),), frozenset())
    assert not names(walk)
    assert [finding.kind for finding in walk.findings] == [TraceKind.UNREADABLE]


def test_a_file_that_vanishes_meanwhile_is_none(tmp_path):
    (tmp_path / "temporary").write_bytes(b"x")
    walk = Walk((Root(tmp_path),), frozenset())
    [path] = list(walk.files())
    path.unlink()
    assert not list(walk.blocks(path))
    assert not walk.findings
    assert walk.left_out["vanished or dangling"] == 1


def test_inputs_are_left_out_by_content_and_not_by_name(tmp_path):
    (tmp_path / "input.jpg").write_bytes(b"mine")
    (tmp_path / "copy.jpg").write_bytes(b"mine")
    (tmp_path / "input2.jpg").write_bytes(b"mine and more")
    walk = Walk((Root(tmp_path),), frozenset({hashlib.sha256(b"mine").hexdigest()}))
    read = [block.where for path in walk.files() for block in walk.blocks(path)]
    assert [where.rpartition("/")[2] for where in read] == ["input2.jpg"]
    assert walk.left_out["input"] == 2


def test_a_shared_folder_is_searched_for_what_is_new_and_ours(tmp_path):
    for name, age in (("old", 0), ("new", 2_000_000_000)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (age, age))
    walk = Walk((Root(tmp_path, changed_since=1_999_999_999.0),), frozenset())
    assert names(walk) == ["new"]
    assert walk.left_out["not changed since"] == 1


def test_a_folder_is_left_out_on_request_and_counted(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "picture").write_bytes(b"x")
    (tmp_path / "log").write_bytes(b"x")
    walk = Walk((Root(tmp_path, leave_out=(tmp_path / "tests",)),), frozenset())
    assert names(walk) == ["log"]
    assert walk.left_out["left out on request"] == 1


def test_blocks_overlap_so_that_nothing_hides_between_them(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "BLOCK_SIZE", 64 << 10)
    monkeypatch.setattr(sources, "OVERLAP", 16 << 10)
    content = noise(1, 300_001)
    path = tmp_path / "big"
    path.write_bytes(content)
    blocks = list(Walk((), frozenset()).blocks(path))
    assert len(blocks) > 3
    assert all(content[b.offset : b.offset + len(b.data)] == b.data for b in blocks)
    assert all(a.offset + len(a.data) - b.offset >= 16 << 10 for a, b in pairwise(blocks))
    assert blocks[-1].offset + len(blocks[-1].data) == len(content)
