"""Which version of the platform this is."""

from __future__ import annotations

import tomllib
from pathlib import Path

from django.conf import settings


def platform_version() -> str:
    content = (Path(settings.BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(content)["project"]["version"])
