"""HTTP and WebSockets."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lfrplatform.settings.embedded")
http = get_asgi_application()

from apps.ops.checks import assert_boot  # noqa: E402 - as above
from channels.routing import ProtocolTypeRouter  # noqa: E402 - needs Django's registry

from lfrplatform.routing import websocket  # noqa: E402 - as above

assert_boot()
application = ProtocolTypeRouter({"http": http, "websocket": websocket})
