"""The production profile: every address and secret comes from the environment, and nothing has a default
that would make a badly configured process start."""

from __future__ import annotations

from lfrplatform.settings.base import *  # noqa: F403 - a settings profile extends the base by design
from lfrplatform.settings.base import BASE_DIR, CELERY, broker_url, caches, channel_layers, database, logging
from lfrplatform.settings.env import Env

env = Env()

SECRET_KEY = env.text("LFR_SECRET_KEY")
DEBUG = False
LFR_PRODUCTION = True
LFR_CLOCK_SYNC = env.choice("LFR_CLOCK_SYNC", "kernel", frozenset({"kernel", "outside"}))
LFR_SWAP = env.choice("LFR_SWAP", "off", frozenset({"off", "encrypted"}))
ALLOWED_HOSTS = env.words("LFR_ALLOWED_HOSTS")
LFR_VAR_DIR = env.path("LFR_VAR_DIR", BASE_DIR / "var")
DATABASES = database(env.database("DATABASE_URL"))
REDIS_URL = env.text("REDIS_URL")
REDIS_PREFIX = env.text("LFR_REDIS_PREFIX", "lfr:")
CHANNEL_LAYERS = channel_layers(REDIS_URL, REDIS_PREFIX)
CACHES = caches(REDIS_URL, REDIS_PREFIX)
CELERY = {**CELERY, "broker_url": broker_url(REDIS_URL)}
LFR_KEYSTORE_DIR = env.path("LFR_KEYSTORE_DIR")
# Secrets of sign-in (apps/accounts/secrets.py): like the keys, outside the database and its backups.
LFR_SECRETS_DIR = env.path("LFR_SECRETS_DIR", LFR_KEYSTORE_DIR.parent / "secrets")
# The same folder for every process. Best on storage that can only be appended to, kept by somebody else.
LFR_ANCHOR_DIR = env.path("LFR_ANCHOR_DIR")
LFR_ANCHOR_KEY_FILE = env.path("LFR_ANCHOR_KEY_FILE")
LFR_ANCHOR_KEY_CREATE = False
# The public pages as files: the same folder for every process that serves or writes them.
LFR_PUBLIC_DIR = env.path("LFR_PUBLIC_DIR", LFR_VAR_DIR / "public")
# Mails about notices, to subscribers and oversight bodies, by a server of one's own.
EMAIL_HOST = env.text("LFR_MAIL_HOST", "localhost")
EMAIL_PORT = env.integer("LFR_MAIL_PORT", 25, minimum=1)
EMAIL_HOST_USER = env.text("LFR_MAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("LFR_MAIL_PASSWORD", "")
EMAIL_USE_TLS = env.flag("LFR_MAIL_TLS", False)
DEFAULT_FROM_EMAIL = env.text("LFR_MAIL_FROM", "notices@localhost")
LFR_ACCELERATOR = env.choice("LFR_ACCELERATOR", "cpu", frozenset({"cpu", "cuda"}))
# Whether a force's identity provider may be on this machine and without TLS.
LFR_SIGN_ON_LOOPBACK = False
LFR_SERVICE_HOSTS = env.words("LFR_SERVICE_HOSTS", "")
LFR_WEBHOOK_HOSTS = env.words("LFR_WEBHOOK_HOSTS", "")
LFR_METRICS_TOKEN = env.secret("LFR_METRICS_TOKEN", file=env.text("LFR_METRICS_TOKEN_FILE", ""))
LFR_ORT_THREADS = env.integer("LFR_ORT_THREADS", 1, minimum=1)
LFR_SHARDS_PER_WORKER = env.integer("LFR_SHARDS_PER_WORKER", 6, minimum=1)
LFR_INSIGHTFACE_DIR = env.folder("LFR_INSIGHTFACE_DIR")
LFR_PUBLIC_BASE_URL = env.text("LFR_PUBLIC_BASE_URL")
# A moved clock can make a purge look done or a notice look old: no production process may pass one in.
LFR_ALLOW_SIMULATED_CLOCK = False
LOGGING = logging(env.text("LFR_LOG_LEVEL", "INFO"), formatter="json")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_ROOT = LFR_VAR_DIR / "static"

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# The browser takes these names over TLS only, for this host only and for all its paths: neither a
# neighbouring host nor somebody on the wire can plant one.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
LFR_TRUSTED_PROXIES = env.integer("LFR_TRUSTED_PROXIES", 1)
env.finish("production")
