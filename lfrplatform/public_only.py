"""The public pages and nothing else, for where Django cannot start: a database that is away at a restart, a
second machine with a copy of the folder. `LFR_PUBLIC_DIR=… uvicorn lfrplatform.public_only:application`.

No Django, no database, no settings. Without the static folder of the platform beside it (LFR_STATIC_DIR, not
served here) a proxy has to serve /static/; the pages read well without it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lfrplatform.public_files import PublicFiles

AWAY = b"This service does not answer at the moment. The public notices are at /notices/.\n"


async def nothing_else(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise RuntimeError(f"only http is served here, not {scope['type']}")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"60")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": AWAY})


application = PublicFiles(
    nothing_else,
    Path(os.environ.get("LFR_PUBLIC_DIR", "var/public")),
    is_personal=lambda scope: False,
    is_ours=lambda scope: True,
)
