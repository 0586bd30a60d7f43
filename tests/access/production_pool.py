"""The settings of the test profile, but for the pool of connections, which is production's. For a server in a
process of its own."""

from __future__ import annotations

from lfrplatform.settings.base import database
from lfrplatform.settings.test import *  # noqa: F403 - as every profile
from lfrplatform.settings.test import env

DATABASES = database(env.database("DATABASE_URL"))
assert DATABASES["default"]["OPTIONS"]["pool"]
