"""Looking for what must not be in an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable


def secrets_in(text: str, secrets: Iterable[str]) -> list[str]:
    """Those of `secrets` that stand in `text`. A number counts only where it begins: the time 12:30:20.45
    is not the score 0.45."""
    return [secret for secret in secrets if re.search(rf"(?<!\d){re.escape(secret)}", text)]
