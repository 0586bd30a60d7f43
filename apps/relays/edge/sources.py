"""Where a camera's picture comes from: a closed list of schemes, and a name for it that gives nothing
away."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

LIVE_SCHEMES: Final = frozenset({"rtsp", "rtsps"})

# FFmpeg follows what a stream or a playlist tells it to open; both lists are closed as well. The first of
# each pair names protocols, the second containers.
_LIVE_LIMITS: Final = ("rtsp,rtsps,rtp,srtp,tcp,tls,udp", "rtsp,rtp,sdp")
_FILE_LIMITS: Final = ("file", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,h264,hevc,m4v")
_USB_LIMITS: Final = ("file", "video4linux2,v4l2")
# What a camera may send. FFmpeg has some hundred decoders more; a hijacked camera would choose the weakest.
LIVE_CODECS: Final = frozenset({"h264", "hevc", "mjpeg", "mpeg4", "rawvideo"})

_USB_DEVICE: Final = re.compile(r"/dev/(video\d{1,3}|v4l/by-(id|path)/[A-Za-z0-9_.:+-]+-video-index\d{1,2})")
_USB_CHOICES: Final = {
    "size": ("video_size", re.compile(r"\d{2,4}x\d{2,4}")),
    "rate": ("framerate", re.compile(r"[1-9]\d?")),
    "format": ("input_format", re.compile(r"mjpeg|h264|yuyv422|nv12")),
}
_VIDEO_MAJOR: Final = 81  # video4linux, Documentation/admin-guide/devices.txt of the kernel


class SourceRefused(ValueError):
    """A source outside the closed list. The text never repeats the address: it may hold a password."""


@dataclass(frozen=True, slots=True)
class Source:
    """One camera's source.

    address       what the decoder opens, with credentials; never shown, so it is left out of repr
    label         what may be shown and logged
    live          a camera (reopened for ever) and not a file
    has_password  the address holds credentials
    repeat        a file is played again and again, without a pause between
    device        the address is a video device of this machine
    choices       options for that device, as FFmpeg names them
    """

    address: str = field(repr=False)
    label: str
    live: bool
    has_password: bool = False
    repeat: bool = False
    device: bool = False
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def container(self) -> str | None:
        """The container that FFmpeg is told to use; None lets it look, among those allowed."""
        return "v4l2" if self.device else None

    @property
    def options(self) -> dict[str, str]:
        """Options for FFmpeg: which protocols and containers it may use, and for a camera no queue of its
        own."""
        if self.device:
            protocols, formats = _USB_LIMITS
        else:
            protocols, formats = _LIVE_LIMITS if self.live else _FILE_LIMITS
        limits = {"protocol_whitelist": protocols, "format_whitelist": formats}
        if self.live:
            limits["codec_whitelist"] = ",".join(sorted(LIVE_CODECS))
        if self.device:
            return {**limits, **dict(self.choices)}
        if self.live:
            # Over UDP a busy mobile link loses packets and the picture smears: a smeared face is a false
            # alert.
            return {**limits, "rtsp_transport": "tcp", "fflags": "nobuffer"}
        return limits


def parse_source(text: str) -> Source:
    """Return the source for rtsp://, rtsps://, usb://, file:// or a plain path. Raises SourceRefused.

    Nothing is ever executed or interpreted by a shell, and no other scheme reaches FFmpeg (pitfalls: a stream
    address that ran code, CVE-2026-25643).
    """
    if not text or not text.isprintable():
        raise SourceRefused("camera source is empty or has control characters")
    if "://" not in text:
        return _file(Path(text))
    scheme = text.partition("://")[0].lower()
    if scheme == "file":
        parts = urlsplit(text)
        if parts.netloc not in ("", "localhost"):
            raise SourceRefused("a file:// source must be on this machine")
        return _file(Path(unquote(parts.path)))
    if scheme in LIVE_SCHEMES:
        return _live(text, scheme)
    if scheme == "usb":
        return _usb(text)
    raise SourceRefused("camera source must be rtsp://, rtsps://, usb://, file:// or a path")


def _usb(text: str) -> Source:
    """usb:///dev/video0, or a name below /dev/v4l, which stays the same when a camera is plugged in again."""
    parts = urlsplit(text)
    if parts.netloc or parts.fragment or not _USB_DEVICE.fullmatch(parts.path):
        raise SourceRefused("a usb:// source must be usb:///dev/videoN or a name below /dev/v4l/by-id")
    choices: list[tuple[str, str]] = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        option, form = _USB_CHOICES.get(name, ("", None))
        if form is None or not form.fullmatch(value) or option in dict(choices):
            raise SourceRefused("a usb:// source takes size=1920x1080, rate=30 and format=mjpeg, once each")
        choices.append((option, value))
    if is_other_device(parts.path):
        raise SourceRefused("a usb:// source must be a video device")
    return Source(
        address=parts.path,
        label=f"usb {parts.path.rpartition('/')[2]}",
        live=True,
        device=True,
        choices=tuple(choices),
    )


def is_other_device(path: str) -> bool:
    """Whether there is something at this path that is no video device. Nothing there is a camera that will be
    plugged in."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return not stat.S_ISCHR(found.st_mode) or os.major(found.st_rdev) != _VIDEO_MAJOR


def _file(path: Path) -> Source:
    path = path.absolute()
    if not path.is_file():
        raise SourceRefused(f"no such file: {path.name}")
    # The prefix keeps a colon in a file's name from being read as a protocol.
    return Source(address=f"file:{path}", label=f"file {path.name}", live=False)


def _live(text: str, scheme: str) -> Source:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceRefused("camera address cannot be read") from error
    if not host:
        raise SourceRefused("camera address names no host")
    # Cameras take passwords before the @, in the query and even in the path: host and port are all that is
    # shown.
    shown = f"[{host}]" if ":" in host else host
    label = f"{scheme}://{shown}" + (f":{port}" if port else "") + "/…"
    has_password = parts.password is not None or parts.username is not None or bool(parts.query)
    return Source(address=text, label=label, live=True, has_password=has_password)
