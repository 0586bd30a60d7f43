"""The closed list of sources, and that no address with a password is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.relays.edge.sources import SourceRefused, parse_source

SECRET = "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://camera/video",
        "https://camera/video",
        "rtmp://camera/live",
        "udp://239.0.0.1:1234",
        "exec://ffmpeg -i x",
        "exec:///bin/sh",
        "concat://a|b",
        "data://text/plain,x",
        "rtsp://",
        "rtsp://:554/x",
        "rtsp://host:notaport/x",
        "rtsp://[::1/x",
        "file://other-machine/etc/passwd",
        "rtsp://host/x\r\nSession: 1",
        "rtsp\x00://host/x",
        "concat:/etc/passwd|/etc/hosts",
        "pipe:0",
        "/dev/zero",
        "/no/such/file.mp4",
        "/etc",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(SourceRefused):
        parse_source(text)


def test_a_refusal_does_not_repeat_the_address() -> None:
    for text in (f"http://admin:{SECRET}@camera/", f"rtsp://admin:{SECRET}@camera:x/", f"rtsp://{SECRET}@/"):
        with pytest.raises(SourceRefused) as caught:
            parse_source(text)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (f"rtsp://admin:{SECRET}@camera-7:554/stream1", "rtsp://camera-7:554/…"),
        (f"RTSPS://camera-7/user=admin&password={SECRET}", "rtsps://camera-7/…"),
        (f"rtsp://[2001:db8::1]:8554/a?password={SECRET}", "rtsp://[2001:db8::1]:8554/…"),
    ],
)
def test_a_camera_is_shown_by_host_and_port_only(text: str, label: str) -> None:
    source = parse_source(text)
    assert source.label == label
    assert source.live
    assert SECRET not in repr(source)
    assert SECRET not in f"{source}"


def test_a_file_is_opened_as_a_file_whatever_its_name_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "rtsp:camera 1.mp4"
    path.touch()
    for text in (str(path), f"file://{tmp_path}/rtsp%3Acamera%201.mp4", f"file://localhost{path}"):
        source = parse_source(text)
        assert source.address == f"file:{path}"
        assert not source.live


def test_ffmpeg_is_told_which_protocols_it_may_follow(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert parse_source(str(tmp_path / "a.mp4")).options["protocol_whitelist"] == "file"
    protocols = parse_source("rtsp://camera/").options["protocol_whitelist"].split(",")
    assert not {"http", "https", "file", "concat", "data", "crypto"} & set(protocols)
