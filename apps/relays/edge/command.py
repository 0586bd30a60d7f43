"""The command line of the relay: run (the default), enrol, residue.

Key, one-time code and camera passwords are never arguments: arguments are in every process list.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

from apps.relays.edge import protect
from apps.relays.edge.agent import Agent
from apps.relays.edge.camera import CameraConfig
from apps.relays.edge.config import AgentConfig, ExitCode
from apps.relays.edge.enrol import enrol_command
from apps.relays.edge.residue import residue_command
from apps.relays.edge.sources import SourceRefused, parse_source
from apps.relays.edge.status_page import PortTaken
from apps.relays.edge.usage import KEY_FORM, UsageError, check_url, read_secret

KEY_VARIABLE: Final = "LFR_RELAY_KEY"
_FROM_ENVIRONMENT: Final = "env:"


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m apps.relays.edge",
        allow_abbrev=False,  # --key would be read as --key-file, and an error would then quote the key
        description="Sends the newest frame of each camera to the platform. Keeps nothing.",
        epilog="Other commands: enrol (get a key by a one-time code), residue (is this machine clean?);"
        " each has its own --help.",
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
        help="rtsp(s)://…, usb:///dev/video0, file://…, a path, or env:NAME for an address with a password;"
        " repeatable",
    )
    parser.add_argument("--fps", type=float, default=6.0, help="most frames a second and camera (default 6)")
    parser.add_argument(
        "--canary", help="text for each JPEG's comment, looked for by the rehearsal's trace check"
    )
    parser.add_argument("--stats-file", type=Path, help="JSON, written every second and at exit")
    parser.add_argument(
        "--status-port", type=int, help="show a status page on this port of 127.0.0.1, to this machine only"
    )
    _add_ends(parser)
    return parser


def _add_ends(parser: argparse.ArgumentParser) -> None:
    """When it ends by itself, and what it may do on a closed test network."""
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


def read_key(key_file: Path | None) -> str:
    """Return the relay's key from its file or the environment. Raises UsageError, never quoting it."""
    if key_file is not None:
        key = read_secret(key_file, "key file")
    else:
        # Taken out of the environment, so that the decoding processes, which parse a stranger's bytes, lack
        # it.
        key = os.environ.pop(KEY_VARIABLE, "").strip()
        if not key:
            raise UsageError(f"no key: give --key-file or set {KEY_VARIABLE}")
    if not KEY_FORM.fullmatch(key):
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


def read_config(arguments: Sequence[str]) -> AgentConfig:
    """Return the configuration for a command line. Raises UsageError; argparse exits by itself."""
    options = build_parser().parse_args(arguments)
    cameras = tuple(read_camera(text, repeat=options.repeat) for text in options.camera)
    if len({camera.camera_id for camera in cameras}) != len(cameras):
        raise UsageError("two --camera with the same UUID")
    if options.status_port is not None and not 1024 <= options.status_port <= 65535:
        raise UsageError("--status-port must be within 1024 and 65535")
    if not 0 < options.fps <= 60:
        raise UsageError("--fps must be over 0 and at most 60")
    return AgentConfig(
        url=check_url(options.url, ("ws", "wss"), allow_unencrypted=options.allow_unencrypted),
        key=read_key(options.key_file),
        cameras=cameras,
        fps=options.fps,
        canary=options.canary.encode() if options.canary else None,
        stats_path=options.stats_file,
        status_port=options.status_port,
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


def run_command(arguments: Sequence[str]) -> int:
    """Run the relay. Raises UsageError."""
    config = read_config(arguments)
    protect.protect(writes_files=config.stats_path is not None or protect.output_is_a_file())
    try:
        return asyncio.run(run(config))
    except PortTaken as error:
        raise UsageError(str(error)) from error


COMMANDS: Final[dict[str, Callable[[Sequence[str]], int]]] = {
    "run": run_command,
    "enrol": enrol_command,
    "residue": residue_command,
}


def main(arguments: Sequence[str] | None = None) -> int:
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = words.pop(0) if words and words[0] in COMMANDS else "run"
    try:
        return COMMANDS[command](words)
    except UsageError as error:
        print(f"relay: {error}", file=sys.stderr)
        return ExitCode.USAGE
    except protect.ProtectionFailed as error:
        print(f"relay: this kernel refuses a protection ({error.strerror})", file=sys.stderr)
        return ExitCode.USAGE
