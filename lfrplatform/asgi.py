"""HTTP and WebSockets."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lfrplatform.settings.embedded")
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402 - needs Django's registry

from apps.core.uploads import limit_bodies  # noqa: E402 - as above
from apps.ops.checks import assert_boot  # noqa: E402 - as above
from lfrplatform.celery import app as celery_app  # noqa: E402 - tasks sent from here go to our broker
from lfrplatform.routing import websocket  # noqa: E402 - as above

assert_boot()
__all__ = ["application", "celery_app"]
application = ProtocolTypeRouter({"http": limit_bodies(http), "websocket": websocket})
