"""For commands that measure models: no database, no service, nothing to be started first, no secret kept."""

from __future__ import annotations

import secrets

from lfrplatform.settings.base import *  # noqa: F403 - a settings profile extends the base by design
from lfrplatform.settings.base import BASE_DIR, logging
from lfrplatform.settings.env import Env

env = Env()

SECRET_KEY = secrets.token_urlsafe(50)
DEBUG = False
LFR_VAR_DIR = env.path("LFR_VAR_DIR", BASE_DIR / "var")
DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
LFR_ACCELERATOR = env.choice("LFR_ACCELERATOR", "cpu", frozenset({"cpu", "cuda"}))
LFR_ORT_THREADS = env.integer("LFR_ORT_THREADS", 1, minimum=1)
LFR_SHARDS_PER_WORKER = env.integer("LFR_SHARDS_PER_WORKER", 6, minimum=1)
LFR_INSIGHTFACE_DIR = env.folder("LFR_INSIGHTFACE_DIR")
LOGGING = logging(env.text("LFR_LOG_LEVEL", "WARNING"))
env.finish("offline")
