"""The closed list of sources, and that no address with a password is ever shown."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from apps.relays.edge.decode import fault_of
from apps.relays.edge.sources import SourceRefused, is_other_device, parse_source
from apps.relays.edge.words import Fault

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
        "usb://",
        "usb:///dev/null",
        "usb:///dev/sda",
        "usb:///dev/video",
        "usb:///dev/video0/../sda",
        "usb:///dev/v4l/by-id/../../sda-video-index0",
        "usb:///dev/v4l/by-id/usb-x",
        "usb://other-machine/dev/video0",
        "usb:///dev/video0#x",
        "usb:///dev/%76ideo0",
        "usb:///dev/video0?size=1920x1080;rm",
        "usb:///dev/video0?format=rawvideo",
        "usb:///dev/video0?rate=0",
        "usb:///dev/video0?rate=30&rate=60",
        "usb:///dev/video0?timeout=5",
        "usb:///dev/video0?size=",
        "v4l2:///dev/video0",
        "/dev/video0",
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


def test_a_usb_camera_is_a_video_device_of_this_machine() -> None:
    source = parse_source("usb:///dev/video998?size=1920x1080&rate=30&format=mjpeg")
    assert source.address == "/dev/video998"
    assert source.label == "usb video998"
    assert source.live, "unplugged, it is waited for"
    assert source.container == "v4l2"
    assert source.options["video_size"] == "1920x1080"
    assert source.options["framerate"] == "30"
    assert source.options["input_format"] == "mjpeg"
    assert source.options["format_whitelist"] == "video4linux2,v4l2"
    assert "rtsp" not in source.options["protocol_whitelist"]
    by_id = parse_source("usb:///dev/v4l/by-id/usb-ACME_Cam-1_00:A1-video-index0")
    assert by_id.address == "/dev/v4l/by-id/usb-ACME_Cam-1_00:A1-video-index0"


def test_what_is_at_a_video_devices_name_must_be_one(tmp_path: Path) -> None:
    assert not is_other_device(str(tmp_path / "unplugged"))
    (tmp_path / "video0").write_bytes(b"")
    assert is_other_device(str(tmp_path / "video0"))
    assert is_other_device("/dev/null")
    assert is_other_device("/dev/zero")


def test_a_usb_camera_that_is_away_is_unreachable() -> None:
    """All of V4L2 that can be tried without a camera: FFmpeg is asked for that device and says so."""
    source = parse_source("usb:///dev/video998")
    with pytest.raises(av.FFmpegError) as caught:
        av.open(source.address, format=source.container, options=source.options)
    assert fault_of(caught.value) is Fault.UNREACHABLE


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
