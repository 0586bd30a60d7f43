"""What could bring faces in memory to a disk: core dumps, and swap that nobody called encrypted."""

import resource

import pytest

from apps.core import dumps
from apps.ops import memory
from apps.ops.memory import memory_problems

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
DISK = "/dev/sda2                               partition\t8388604\t\t0\t\t-2\n"


@pytest.fixture
def machine(tmp_path, monkeypatch, settings):
    """A production process on a machine of which the test says what the kernel would say."""
    settings.LFR_PRODUCTION, settings.LFR_SWAP = True, "off"
    for name, content in (("SWAPS", HEAD), ("CORE_PATTERN", "core\n")):
        path = tmp_path / name
        path.write_text(content)
        monkeypatch.setattr(memory, name, path)
    monkeypatch.setattr(memory, "dumps_possible", lambda: False)
    monkeypatch.setattr(memory, "pipe_unstoppable", lambda: True)
    return tmp_path


def codes():
    return [problem.code for problem in memory_problems()]


def test_a_machine_without_swap_and_dumps_passes(machine):
    assert codes() == []


def test_swap_on_a_disk_is_refused_until_somebody_says_that_it_is_encrypted(machine, settings):
    (machine / "SWAPS").write_text(HEAD + DISK)
    (found,) = memory_problems()
    assert found.code == "swap"
    assert "/dev/sda2" in found.message
    settings.LFR_SWAP = "encrypted"
    assert codes() == []


def test_memory_that_is_compressed_in_memory_is_no_disk(machine):
    (machine / "SWAPS").write_text(HEAD + DISK.replace("/dev/sda2", "/dev/zram7"))
    assert codes() == []


def test_on_ones_own_machine_swap_is_only_said(machine, settings, caplog):
    settings.LFR_PRODUCTION = False
    (machine / "SWAPS").write_text(HEAD + DISK)
    assert codes() == []
    assert "/dev/sda2" in caplog.text


def test_a_process_that_may_dump_is_refused_everywhere(machine, settings, monkeypatch):
    monkeypatch.setattr(memory, "dumps_possible", lambda: True)
    assert codes() == ["core_dumps"]
    settings.LFR_PRODUCTION = False
    assert codes() == ["core_dumps"]


def test_a_pipe_is_refused_where_the_limit_does_not_end_it(machine, monkeypatch):
    """A limit of 0, which is what most services are given, does not keep the kernel from piping."""
    (machine / "CORE_PATTERN").write_text("|/usr/lib/systemd/systemd-coredump %P %u\n")
    assert codes() == ["core_pipe"]
    monkeypatch.setattr(memory, "pipe_unstoppable", lambda: False)
    assert codes() == []


@pytest.mark.parametrize(
    ("limits", "possible", "set_to"),
    [
        pytest.param((-1, -1), True, (1, 1), id="dumps-allowed"),
        pytest.param((0, -1), False, (1, 1), id="could-be-raised-again"),
        pytest.param((0, 0), False, (0, 0), id="nothing-left-to-set"),
    ],
)
def test_a_process_forbids_its_own_dumps_for_good(monkeypatch, limits, possible, set_to):
    now = {resource.RLIMIT_CORE: limits}
    monkeypatch.setattr(resource, "getrlimit", now.__getitem__)
    monkeypatch.setattr(resource, "setrlimit", now.__setitem__)
    assert dumps.dumps_possible() is possible
    dumps.forbid_core_dumps()
    assert now[resource.RLIMIT_CORE] == set_to
    assert not dumps.dumps_possible()
    assert dumps.pipe_unstoppable() is (set_to == (0, 0))
