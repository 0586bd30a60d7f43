"""The test profile: real PostgreSQL and Valkey, at addresses that tests/conftest.py sets."""

from __future__ import annotations

from lfrplatform.settings.base import *  # noqa: F403 - a settings profile extends the base by design
from lfrplatform.settings.base import BASE_DIR, CELERY, broker_url, caches, channel_layers, database, logging
from lfrplatform.settings.env import Env

env = Env()

SECRET_KEY = "tests-only-" + "x" * 50
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
LFR_VAR_DIR = env.path("LFR_VAR_DIR", BASE_DIR / "var")
DATABASES = database(env.database("DATABASE_URL"), pool=False)
REDIS_URL = env.text("REDIS_URL")
REDIS_PREFIX = env.text("LFR_REDIS_PREFIX", "lfrtest:")
CHANNEL_LAYERS = channel_layers(REDIS_URL, REDIS_PREFIX)
CACHES = caches(REDIS_URL, REDIS_PREFIX)
CELERY = {**CELERY, "broker_url": broker_url(REDIS_URL)}
LFR_KEYSTORE_DIR = env.path("LFR_KEYSTORE_DIR", LFR_VAR_DIR / "test-keys")
# Secrets of sign-in (apps/accounts/secrets.py): like the keys, outside the database and its backups.
LFR_SECRETS_DIR = env.path("LFR_SECRETS_DIR", LFR_KEYSTORE_DIR.parent / "secrets")
LFR_ANCHOR_DIR = env.path("LFR_ANCHOR_DIR", LFR_VAR_DIR / "anchors")
LFR_ANCHOR_KEY_FILE = LFR_VAR_DIR / "anchor-key" / "signing.pem"
LFR_ANCHOR_KEY_CREATE = True
LFR_ACCELERATOR = "cpu"
# Whether a force's identity provider may be on this machine and without TLS.
LFR_SIGN_ON_LOOPBACK = True
LFR_SERVICE_LOOPBACK = True
LFR_ORT_THREADS = 1
LFR_PUBLIC_BASE_URL = "http://testserver"
LFR_ALLOW_SIMULATED_CLOCK = True
# Tests that are about them set their own: all tests come from one address.
LFR_RATE_LIMITS = {}
# All tests come from one address: what one has counted must not refuse the next.
ACCOUNT_RATE_LIMITS = False
LOGGING = logging("WARNING")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
env.finish("test")
