"""A second `make demo` must not take the first one's data from under it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.demo import stack
from lfrplatform.embedded import AlreadyRunning, Place
from lfrplatform.embedded.lock import SUPERVISOR, InstanceLock


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    # Short, because a socket's path would be made below it.
    base = Path(tempfile.mkdtemp(prefix="lfr-forget-"))
    found = Place("demotest", tmp_path, base)
    found.home.mkdir()
    (found.home / "data").write_text("somebody's")
    (tmp_path / "keys-demotest").mkdir()
    found.credentials_file.write_text("{}")
    yield found
    shutil.rmtree(base)


def test_what_runs_is_not_forgotten(place: Place) -> None:
    running = InstanceLock(place)
    running.acquire(SUPERVISOR)
    try:
        with pytest.raises(AlreadyRunning):
            stack.forget(place)
        assert (place.home / "data").read_text() == "somebody's"
        assert (place.var / "keys-demotest").exists()
        assert place.credentials_file.exists()
    finally:
        running.release()


def test_what_does_not_run_is_forgotten_with_keys_and_passwords(place: Place) -> None:
    stack.forget(place)
    assert not place.home.exists()
    assert not (place.var / "keys-demotest").exists()
    assert not place.credentials_file.exists()
    stack.forget(place)


def test_links_name_the_host_that_people_are_told_to_open() -> None:
    """On another one a sign-in is lost, and a QR code leads to a stranger's session."""
    from apps.demo.live import for_a_browser
    from lfrplatform.embedded.processes import PUBLIC_HOST

    assert for_a_browser(f"http://{stack.HOST}:8123") == f"http://{PUBLIC_HOST}:8123"
