"""The one-time code that enrols a relay: `<force slug>.XXXXX-XXXXX-XXXXX-XXXXX`, 100 random bits.

It is good once, for 15 minutes, so a fast hash of it is stored: there is no time to guess.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from apps.core.base32 import ALPHABET, as_written, grouped

VALID_FOR = timedelta(minutes=15)
GROUPS, GROUP_CHARS = 4, 5
_CODE = re.compile(r"\A(?P<slug>[a-z0-9][a-z0-9-]{0,62})\.(?P<secret>[A-Za-z0-9-]{20,40})\Z")


@dataclass(frozen=True)
class EnrolmentSecret:
    """A parsed code. `secret` is left out of repr, so that no log or traceback can quote it."""

    force_slug: str
    secret: str = field(repr=False)

    def text(self) -> str:
        return f"{self.force_slug}.{grouped(self.secret, chars=GROUP_CHARS)}"

    def sha256(self) -> bytes:
        """32 bytes: what is stored."""
        return hashlib.sha256(self.secret.encode("ascii")).digest()


def new_code(*, force_slug: str) -> EnrolmentSecret:
    secret = "".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_CHARS))
    return EnrolmentSecret(force_slug=force_slug, secret=secret)


def parse_code(text: str) -> EnrolmentSecret | None:
    """The parts of a code as somebody typed it, or None when `text` is not one."""
    found = _CODE.match(text.strip())
    if found is None:
        return None
    secret = as_written(found["secret"])
    if len(secret) != GROUPS * GROUP_CHARS or not set(secret) <= set(ALPHABET):
        return None
    return EnrolmentSecret(force_slug=found["slug"], secret=secret)
