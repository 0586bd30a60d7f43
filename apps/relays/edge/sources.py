"""Where a camera's picture comes from: a closed list of schemes, and a name for it that gives nothing
away."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

LIVE_SCHEMES: Final = frozenset({"rtsp", "rtsps"})

# FFmpeg follows what a stream or a playlist tells it to open; both lists are closed as well. The first of
# each pair names protocols, the second containers.
_LIVE_LIMITS: Final = ("rtsp,rtsps,rtp,srtp,tcp,tls,udp", "rtsp,rtp,sdp")
_FILE_LIMITS: Final = ("file", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,h264,hevc,m4v")


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
    """

    address: str = field(repr=False)
    label: str
    live: bool
    has_password: bool = False
    repeat: bool = False

    @property
    def options(self) -> dict[str, str]:
        """Options for FFmpeg: which protocols and containers it may use, and for a camera no queue of its
        own."""
        protocols, formats = _LIVE_LIMITS if self.live else _FILE_LIMITS
        limits = {"protocol_whitelist": protocols, "format_whitelist": formats}
        if self.live:
            # Over UDP a busy mobile link loses packets and the picture smears: a smeared face is a false
            # alert.
            return {**limits, "rtsp_transport": "tcp", "fflags": "nobuffer"}
        return limits


def parse_source(text: str) -> Source:
    """Return the source for rtsp://, rtsps://, file:// or a plain path. Raises SourceRefused.

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
    raise SourceRefused("camera source must be rtsp://, rtsps://, file:// or a path")


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
