"""Taking the names of listed people out of what others read (domain.md §1: oversight never sees one)."""

from __future__ import annotations

import re
from collections.abc import Iterable

REMOVED = "[name removed]"
# A shorter last name is too often a word of its own.
LAST_NAME = 4


def redact(text: str, names: Iterable[str]) -> str:
    """`text` without any of `names`: whole, however spaced and written, or the last name as it is written."""
    for name in sorted(names, key=len, reverse=True):
        parts = name.split()
        if not parts:
            continue
        text = _whole_words(r"\s+".join(re.escape(part) for part in parts), re.IGNORECASE).sub(REMOVED, text)
        if len(parts) > 1 and len(parts[-1]) >= LAST_NAME:
            text = _whole_words(re.escape(parts[-1])).sub(REMOVED, text)
    return text


def _whole_words(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){pattern}(?!\w)", flags)
