"""The command line: no secret on it, none quoted, no unencrypted link off this machine."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from apps.relays.edge.command import KEY_VARIABLE, read_config
from apps.relays.edge.usage import UsageError

KEY = "lfr1.herts.k7.s3cr3t-value"
CAMERA = UUID(int=3)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.touch()
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    return path


def arguments(*more: str, camera: str, url: str = "ws://127.0.0.1:1/ws/relay/") -> list[str]:
    return ["--url", url, "--camera", camera, *more]


def test_it_reads_key_and_cameras(video: Path, key_file: Path) -> None:
    config = read_config(arguments("--key-file", str(key_file), camera=f"{CAMERA}={video}"))
    assert config.key == KEY
    assert config.cameras[0].camera_id == CAMERA
    assert config.fps == 6
    assert KEY not in repr(config)


def test_the_key_leaves_the_environment_so_that_decoders_do_not_inherit_it(
    video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    assert read_config(arguments(camera=f"{CAMERA}={video}")).key == KEY
    with pytest.raises(UsageError, match="no key"):
        read_config(arguments(camera=f"{CAMERA}={video}"))


def test_there_is_no_argument_for_the_key(video: Path) -> None:
    with pytest.raises(SystemExit):
        read_config(arguments("--key", KEY, camera=f"{CAMERA}={video}"))


@pytest.mark.parametrize("key", ["", "lfr1.herts.k7", "Bearer x", f"{KEY}\r\nX-Other: 1", "lfr1.a b.c.d"])
def test_a_malformed_key_is_refused_unquoted(key: str, video: Path, key_file: Path) -> None:
    key_file.write_bytes(key.encode())
    with pytest.raises(UsageError) as caught:
        read_config(arguments("--key-file", str(key_file), camera=f"{CAMERA}={video}"))
    assert "herts" not in str(caught.value)


def test_a_key_file_that_others_can_read_is_refused(video: Path, key_file: Path) -> None:
    key_file.chmod(0o644)
    with pytest.raises(UsageError, match="open to others"):
        read_config(arguments("--key-file", str(key_file), camera=f"{CAMERA}={video}"))


def test_a_camera_password_is_taken_from_a_variable_only(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "rtsp://admin:hunter2@camera-7/stream"
    with pytest.raises(UsageError) as caught:
        read_config(arguments("--key-file", str(key_file), camera=f"{CAMERA}={address}"))
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("CAMERA_7", address)
    config = read_config(arguments("--key-file", str(key_file), camera=f"{CAMERA}=env:CAMERA_7"))
    assert config.cameras[0].source.address == address
    assert "hunter2" not in repr(config)


def test_a_key_that_systemd_handed_over_is_taken(
    video: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its access list looks like group rights; the folder around it lets nobody else in."""
    key_file.chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(key_file.parent))
    words = arguments("--key-file", str(key_file), camera=f"{CAMERA}={video}")
    assert read_config(words).key == KEY
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(key_file.parent / "other"))
    with pytest.raises(UsageError, match="open to others"):
        read_config(words)


@pytest.mark.parametrize("camera", ["x", "x=/a.mp4", f"{CAMERA}=", f"{CAMERA}=env:NOT_SET_ANYWHERE"])
def test_a_malformed_camera_is_refused(camera: str, key_file: Path) -> None:
    with pytest.raises(UsageError):
        read_config(arguments("--key-file", str(key_file), camera=camera))


def test_the_same_camera_twice_is_refused(video: Path, key_file: Path) -> None:
    camera = f"{CAMERA}={video}"
    with pytest.raises(UsageError, match="same UUID"):
        read_config(arguments("--key-file", str(key_file), "--camera", camera, camera=camera))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "ws://10.0.0.5/ws/", "ws://platform/ws/", "wss://", "wss://user:pw@platform/"],
)
def test_a_link_that_would_give_faces_away_is_refused(url: str, video: Path, key_file: Path) -> None:
    with pytest.raises(UsageError):
        read_config(arguments("--key-file", str(key_file), camera=f"{CAMERA}={video}", url=url))


@pytest.mark.parametrize("url", ["wss://platform/ws/relay/", "ws://localhost:8000/", "ws://[::1]:8000/"])
def test_an_encrypted_or_local_link_is_taken(url: str, video: Path, key_file: Path) -> None:
    assert read_config(arguments("--key-file", str(key_file), camera=f"{CAMERA}={video}", url=url)).url == url
