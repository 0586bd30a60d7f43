"""`python -m apps.relays.edge`: the relay in the van.

The key and camera passwords are never arguments: arguments are in every process list.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import logging
import os
import re
import signal
import stat
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from apps.relays.edge.agent import Agent, AgentConfig, ExitCode
from apps.relays.edge.camera import CameraConfig
from apps.relays.edge.sources import SourceRefused, parse_source

KEY_VARIABLE: Final = "LFR_RELAY_KEY"
_KEY_FORM: Final = re.compile(r"lfr1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_FROM_ENVIRONMENT: Final = "env:"


class UsageError(ValueError):
    """Something on the command line, in the key file or in the environment cannot be used."""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m apps.relays.edge",
        allow_abbrev=False,  # --key would be read as --key-file, and an error would then quote the key
        description="Sends the newest frame of each camera to the platform. Keeps nothing.",
    )
    parser.add_argument("--url", required=True, help="wss://… of the platform's relay socket")
    parser.add_argument(
        "--key-file",
        type=Path,
        help=f"file with the relay's key, readable by its owner only; else {KEY_VARIABLE}",
    )
    parser.add_argument(
        "--camera",
        action="append",
        required=True,
        metavar="UUID=SOURCE",
        help="rtsp(s)://…, file://…, a path, or env:NAME for an address with a password; repeatable",
    )
    parser.add_argument("--fps", type=float, default=6.0, help="most frames a second and camera (default 6)")
    parser.add_argument(
        "--canary", help="text for each JPEG's comment, looked for by the rehearsal's trace check"
    )
    parser.add_argument("--stats-file", type=Path, help="JSON, written every second and at exit")
    parser.add_argument("--repeat", action="store_true", help="play files again and again")
    parser.add_argument("--once", action="store_true", help="exit when every file was played")
    parser.add_argument(
        "--exit-when-refused", action="store_true", help=f"exit {ExitCode.REFUSED:d} when refused"
    )
    parser.add_argument(
        "--allow-unencrypted",
        action="store_true",
        help="let ws:// leave this machine (closed test networks only)",
    )
    return parser


def read_key(key_file: Path | None) -> str:
    """Return the relay's key from its file or the environment. Raises UsageError, never quoting it."""
    if key_file is not None:
        try:
            mode = key_file.stat().st_mode
            key = key_file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"key file {key_file} cannot be read ({type(error).__name__})") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError(f"key file {key_file} is open to others: chmod 600 it")
    else:
        # Taken out of the environment, so that the decoding processes, which parse a stranger's bytes, lack
        # it.
        key = os.environ.pop(KEY_VARIABLE, "").strip()
        if not key:
            raise UsageError(f"no key: give --key-file or set {KEY_VARIABLE}")
    if not _KEY_FORM.fullmatch(key):
        raise UsageError("the key is not of the form lfr1.<force>.<key id>.<secret>")
    return key


def read_camera(text: str, *, repeat: bool = False) -> CameraConfig:
    """Return one --camera; with `repeat` its file is played again and again. Raises UsageError, which never
    quotes the address."""
    name, separator, address = text.partition("=")
    if not separator:
        raise UsageError("--camera must be UUID=SOURCE")
    try:
        camera_id = UUID(name)
    except ValueError as error:
        raise UsageError("--camera must start with the camera's UUID") from error
    from_environment = address.startswith(_FROM_ENVIRONMENT)
    if from_environment:
        variable = address.removeprefix(_FROM_ENVIRONMENT)
        address = os.environ.pop(variable, "")
        if not address:
            raise UsageError(f"camera {camera_id}: {variable} is not set")
    try:
        source = parse_source(address)
    except SourceRefused as error:
        raise UsageError(f"camera {camera_id}: {error}") from error
    if source.has_password and not from_environment:
        raise UsageError(
            f"camera {camera_id}: put an address with a password into a variable and write env:NAME"
        )
    return CameraConfig(camera_id=camera_id, source=replace(source, repeat=repeat))


def check_url(url: str, *, allow_unencrypted: bool) -> str:
    """Return the URL when the key and people's faces may travel over it. Raises UsageError."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise UsageError("--url cannot be read") from error
    if parts.scheme not in ("ws", "wss") or not host or parts.username or parts.password:
        raise UsageError("--url must be wss://host/path, without credentials")
    if parts.scheme == "ws" and not allow_unencrypted and not _is_loopback(host):
        raise UsageError("ws:// is unencrypted and only for this machine: use wss://")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_config(arguments: Sequence[str]) -> AgentConfig:
    """Return the configuration for a command line. Raises UsageError; argparse exits by itself."""
    options = build_parser().parse_args(arguments)
    cameras = tuple(read_camera(text, repeat=options.repeat) for text in options.camera)
    if len({camera.camera_id for camera in cameras}) != len(cameras):
        raise UsageError("two --camera with the same UUID")
    if not 0 < options.fps <= 60:
        raise UsageError("--fps must be over 0 and at most 60")
    return AgentConfig(
        url=check_url(options.url, allow_unencrypted=options.allow_unencrypted),
        key=read_key(options.key_file),
        cameras=cameras,
        fps=options.fps,
        canary=options.canary.encode() if options.canary else None,
        stats_path=options.stats_file,
        once=options.once,
        exit_when_refused=options.exit_when_refused,
    )


async def run(config: AgentConfig) -> ExitCode:
    """Run the relay until it is done or told to stop by SIGTERM or SIGINT."""
    agent = Agent(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, agent.stop)
    code = await agent.run()
    print(agent.status_line(), flush=True)
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        config = read_config(sys.argv[1:] if arguments is None else arguments)
    except UsageError as error:
        print(f"relay: {error}", file=sys.stderr)
        return 2
    return asyncio.run(run(config))


if __name__ == "__main__":
    sys.exit(main())
