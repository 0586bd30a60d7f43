"""What a production process needs besides: nothing of a demonstration, secrets that are secret, encryption
on every way that leaves the machine. Settings only; nothing is asked of a server.
"""

from __future__ import annotations

import ctypes
import tempfile
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.ops.problems import Problem

MINIMUM_SECRET_LENGTH = 50
MINIMUM_SECRET_VARIETY = 16
INSECURE_MARK = "insecure"
# What libpq calls encryption with a certificate that is looked at.
VERIFIED_TLS = frozenset({"verify-ca", "verify-full"})
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm", "/run/shm")  # noqa: S108 - named to be refused
# adjtimex(2): the kernel's clock is not disciplined by anything.
TIME_ERROR = 5


def production_problems() -> list[Problem]:
    """Everything that is wrong; nothing for the profiles that are for one machine."""
    if not settings.LFR_PRODUCTION:
        return []
    return [
        *flag_problems(),
        *host_problems(),
        *secret_problems(),
        *folder_problems(),
        *valkey_address_problems(),
        *database_address_problems(),
        *kernel_clock_problems(),
    ]


def flag_problems() -> list[Problem]:
    flags = {
        "DEBUG": "an error page would show settings and values",
        "LFR_DEMO": "the guided pages say who signs in as what",
        "LFR_ALLOW_SIMULATED_CLOCK": "a moved clock makes a purge look done",
    }
    return [
        Problem(f"production_{name.lower()}", f"{name} is on: {why}")
        for name, why in flags.items()
        if getattr(settings, name)
    ]


def host_problems() -> list[Problem]:
    hosts = settings.ALLOWED_HOSTS
    if hosts and not any(host.startswith((".", "*")) for host in hosts):
        return []
    return [
        Problem(
            "production_hosts",
            "LFR_ALLOWED_HOSTS must name each host in full: links are made for the host that is asked for",
        )
    ]


def secret_problems() -> list[Problem]:
    key = settings.SECRET_KEY
    weak = len(key) < MINIMUM_SECRET_LENGTH or len(set(key)) < MINIMUM_SECRET_VARIETY
    if not weak and INSECURE_MARK not in key:
        return []
    return [
        Problem(
            "production_secret",
            f"LFR_SECRET_KEY is weak: at least {MINIMUM_SECRET_LENGTH} random characters"
            " (python -c 'import secrets; print(secrets.token_urlsafe(64))')",
        )
    ]


def folder_problems() -> list[Problem]:
    """Keys in a temporary folder are swept away with it, or were put there by somebody else."""
    folder = Path(settings.LFR_KEYSTORE_DIR).resolve()
    temporary = {Path(name).resolve() for name in (*TEMPORARY, tempfile.gettempdir())}
    if not any(folder.is_relative_to(name) for name in temporary):
        return []
    return [Problem("production_keys_temporary", f"the key store {folder} is in a temporary folder")]


def is_here(host: str) -> bool:
    """A socket, or an address that no packet leaves the machine for. A name is not looked up."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def valkey_address_problems() -> list[Problem]:
    """Frames pass through it."""
    parts = urlsplit(settings.REDIS_URL)
    if parts.scheme == "unix" or is_here(parts.hostname or ""):
        return []
    found = []
    if parts.scheme != "rediss":
        found.append(Problem("production_valkey_tls", "Valkey is on another machine: use rediss:// (TLS)"))
    elif "ssl_cert_reqs=none" in parts.query.lower():
        found.append(
            Problem("production_valkey_tls", "Valkey's certificate is not looked at (ssl_cert_reqs)")
        )
    if not parts.password:
        found.append(Problem("production_valkey_password", "Valkey is on another machine without a password"))
    return found


def database_address_problems() -> list[Problem]:
    entry: dict[str, Any] = settings.DATABASES["default"]
    if is_here(str(entry.get("HOST", ""))) or entry["OPTIONS"].get("sslmode") in VERIFIED_TLS:
        return []
    return [
        Problem(
            "production_database_tls",
            "PostgreSQL is on another machine: add ?sslmode=verify-full (and sslrootcert) to DATABASE_URL",
        )
    ]


def kernel_clock_problems() -> list[Problem]:
    """LFR_CLOCK_SYNC=outside says that something sets the clock which the kernel does not hear of."""
    if settings.LFR_CLOCK_SYNC == "outside" or kernel_clock_state() != TIME_ERROR:
        return []
    return [
        Problem(
            "clock_unsynchronised",
            "nothing keeps this machine's clock: run chrony or systemd-timesyncd, or set"
            " LFR_CLOCK_SYNC=outside where the host does it",
        )
    ]


def kernel_clock_state() -> int:
    """What adjtimex(2) returns when asked without changing anything: its struct begins with `modes` = 0."""
    return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))
