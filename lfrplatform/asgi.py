"""HTTP and WebSockets."""

from __future__ import annotations

import logging
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lfrplatform.settings.embedded")
# Python's own warnings are lines of the log like all others.
logging.captureWarnings(True)
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402 - needs Django's registry

from apps.core.address import behind_proxies  # noqa: E402 - as above
from apps.core.headers import secured  # noqa: E402 - as above
from apps.core.log_context import numbered  # noqa: E402 - as above
from apps.core.redaction import install_hooks  # noqa: E402 - as above
from apps.core.requests import limit_headers  # noqa: E402 - as above
from apps.core.uploads import limit_bodies  # noqa: E402 - as above
from apps.ops.checks import assert_boot  # noqa: E402 - as above
from lfrplatform.ahead import public_files_ahead  # noqa: E402 - as above
from lfrplatform.celery import app as celery_app  # noqa: E402 - tasks sent from here go to our broker
from lfrplatform.routing import websocket  # noqa: E402 - as above

assert_boot()
install_hooks()
__all__ = ["application", "celery_app"]
application = numbered(
    behind_proxies(
        ProtocolTypeRouter(
            {"http": secured(limit_headers(public_files_ahead(limit_bodies(http)))), "websocket": websocket}
        )
    )
)
