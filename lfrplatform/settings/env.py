"""Typed reading of the environment: a missing or malformed value stops the boot and is named."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
MINIMUM_SECRET_LENGTH = 32
TLS_PARAMETERS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


@dataclass
class Env:
    """Reads variables; collects every problem so that one boot names all of them."""

    source: Mapping[str, str] = field(default_factory=lambda: os.environ)
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.source.get(name, "")
        if value:
            return value
        if default is None:
            self.problems.append(f"{name} is not set")
            return ""
        return default

    def flag(self, name: str, default: bool) -> bool:
        value = self.source.get(name, "").lower()
        if not value:
            return default
        if value in TRUE_WORDS | FALSE_WORDS:
            return value in TRUE_WORDS
        self.problems.append(f"{name} must be true or false, not {value!r}")
        return default

    def integer(self, name: str, default: int, *, minimum: int = 0) -> int:
        value = self.source.get(name, "")
        if not value:
            return default
        if value.isdecimal() and int(value) >= minimum:
            return int(value)
        self.problems.append(f"{name} must be a whole number of at least {minimum}, not {value!r}")
        return default

    def words(self, name: str, default: str | None = None) -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def path(self, name: str, default: Path | None = None) -> Path:
        return Path(self.text(name, None if default is None else str(default)))

    def secret(self, name: str, *, file: str = "") -> str:
        """A secret that need not be there: in the variable, or in the file that `file` names. Too short a one
        is a problem, and no problem quotes it."""
        value = self.source.get(name, "")
        if file and value:
            self.problems.append(f"{name} and {name}_FILE are both set")
        elif file:
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                self.problems.append(f"{name}_FILE cannot be read: {type(error).__name__}")
                return ""
        if (file or value) and len(value) < MINIMUM_SECRET_LENGTH:
            self.problems.append(f"{name} must have at least {MINIMUM_SECRET_LENGTH} characters")
        return value

    def folder(self, name: str) -> Path | None:
        """A folder that must be there when it is named, and need not be named."""
        value = self.source.get(name, "")
        if not value:
            return None
        if not Path(value).is_dir():
            self.problems.append(f"{name} names no folder: {value!r}")
        return Path(value)

    def choice(self, name: str, default: str, choices: frozenset[str]) -> str:
        value = self.text(name, default)
        if value not in choices:
            self.problems.append(f"{name} must be one of {', '.join(sorted(choices))}, not {value!r}")
        return value

    def database(self, name: str) -> dict[str, Any]:
        """A Django DATABASES entry from a postgresql:// address; a socket folder goes in ?host=, what libpq
        has to know about TLS in ?sslmode= and ?sslrootcert=. Any other parameter is refused."""
        value = self.text(name)
        if not value:
            return {}
        parts = urlsplit(value)
        query = parse_qs(parts.query)
        if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
            self.problems.append(f"{name} must look like postgresql://user:password@host:port/name")
            return {}
        if unknown := sorted(set(query) - {"host", "port", *TLS_PARAMETERS}):
            self.problems.append(f"{name} has parameters that are not understood: {', '.join(unknown)}")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query["host"][0] if "host" in query else unquote(parts.hostname or ""),
            "PORT": query["port"][0] if "port" in query else str(parts.port or ""),
            "OPTIONS": {key: query[key][0] for key in TLS_PARAMETERS if key in query},
        }

    def finish(self, profile: str) -> None:
        """Raise ImproperlyConfigured naming everything that was missing or malformed."""
        if self.problems:
            raise ImproperlyConfigured(f"cannot start the {profile} profile: " + "; ".join(self.problems))


def with_env_file(path: Path) -> Mapping[str, str]:
    """The environment, completed (never overridden) by the KEY=VALUE lines of `path` if it is there."""
    values: dict[str, str] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            key, separator, value = line.partition("=")
            if separator and not line.startswith("#"):
                values[key.strip()] = value.strip()
    return {**values, **os.environ}
