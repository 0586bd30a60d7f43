"""Who may read the numbers: whoever shows the token of the installation, and nobody else.

No account and no role opens it: the numbers are of all forces, which nobody in one of them may see.
"""

from __future__ import annotations

import hashlib
import hmac

SCHEME = "bearer"


def may_read(*, authorization: str, token: str) -> bool:
    """`token` is the installation's; empty opens for nobody. Compared by digests, so that neither how much of
    it is right nor how long it is can be measured."""
    scheme, _, shown = authorization.partition(" ")
    same = hmac.compare_digest(_digest(shown.strip()), _digest(token))
    return bool(token) and scheme.lower() == SCHEME and same


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
