"""Large bodies at the API: only from somebody whose token may import a list, known before any is read."""

from __future__ import annotations

import json
import re

from apps.core import uploads
from apps.core.clock import utc_now
from apps.integration.data import Scope
from apps.integration.door import admit
from apps.integration.problems import CONTENT_TYPE, Problem, Refused

PATH = re.compile(r"/api/v1/deployments/[0-9a-f-]{36}/imports/(?:[0-9a-f-]{36}/pictures/)?")
PREFIX = "/api/"
WORDS = {
    uploads.Why.TOO_LARGE: "The body is larger than is taken here.",
    uploads.Why.SIGNED_OUT: "A body of this size needs a valid token that may import lists.",
    uploads.Why.BUSY: "Other uploads are under way. Try again in a minute.",
    uploads.Why.STOPPED: "The body took too long to arrive.",
}


def register() -> None:
    uploads.accept(path=PATH, identify=sender, prefix=PREFIX, refusal=refusal, content_type=CONTENT_TYPE)


def sender(scope: uploads.Scope) -> str | None:
    """Whose token is in the headers of a request; None for nobody's. One upload a token at a time."""
    headers = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
    client = scope.get("client") or ("",)
    try:
        caller = admit(
            header=headers[0].decode("latin-1") if headers else "",
            address=str(client[0]),
            scope=Scope.WATCHLIST_IMPORT,
            now=utc_now(),
        )
    except Refused:
        return None
    return f"token {caller.token.id}"


def refusal(why: uploads.Why, path: str) -> bytes:
    problem = Problem(uploads.STATUS[why], f"upload_{why}", WORDS[why])
    return json.dumps(problem.body(instance=path)).encode()
