"""The embedded profile: one machine, servers run by `lfrplatform.embedded`, rehearsals only."""

from __future__ import annotations

from lfrplatform.settings.base import *  # noqa: F403 - a settings profile extends the base by design
from lfrplatform.settings.base import BASE_DIR, CELERY, broker_url, caches, channel_layers, database, logging
from lfrplatform.settings.env import Env, with_env_file

LFR_VAR_DIR = Env().path("LFR_VAR_DIR", BASE_DIR / "var")
env = Env(with_env_file(LFR_VAR_DIR / "embedded.env"))

SECRET_KEY = env.text("LFR_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.words("LFR_ALLOWED_HOSTS", "127.0.0.1,localhost")
DATABASES = database(env.database("DATABASE_URL"))
REDIS_URL = env.text("REDIS_URL")
REDIS_PREFIX = env.text("LFR_REDIS_PREFIX", "lfr:")
CHANNEL_LAYERS = channel_layers(REDIS_URL, REDIS_PREFIX)
CACHES = caches(REDIS_URL, REDIS_PREFIX)
LFR_KEYSTORE_DIR = env.path("LFR_KEYSTORE_DIR", LFR_VAR_DIR / "keys")
# Secrets of sign-in (apps/accounts/secrets.py): like the keys, outside the database and its backups.
LFR_SECRETS_DIR = env.path("LFR_SECRETS_DIR", LFR_KEYSTORE_DIR.parent / "secrets")
# Anchors of the audit, and the key that signs them: outside the database and its backups.
LFR_ANCHOR_DIR = env.path("LFR_ANCHOR_DIR", LFR_VAR_DIR / "anchors")
LFR_ANCHOR_KEY_FILE = env.path("LFR_ANCHOR_KEY_FILE", LFR_VAR_DIR / "anchor-key" / "signing.pem")
LFR_ANCHOR_KEY_CREATE = True
# The public pages as files: the same folder for every process that serves or writes them.
LFR_PUBLIC_DIR = env.path("LFR_PUBLIC_DIR", LFR_VAR_DIR / "public")
LFR_ACCELERATOR = env.choice("LFR_ACCELERATOR", "cpu", frozenset({"cpu", "cuda"}))
# Whether a force's identity provider may be on this machine and without TLS.
LFR_SIGN_ON_LOOPBACK = True
LFR_SERVICE_HOSTS = env.words("LFR_SERVICE_HOSTS", "")
LFR_WEBHOOK_HOSTS = env.words("LFR_WEBHOOK_HOSTS", "")
LFR_METRICS_TOKEN = env.secret("LFR_METRICS_TOKEN", file=env.text("LFR_METRICS_TOKEN_FILE", ""))
LFR_ORT_THREADS = env.integer("LFR_ORT_THREADS", 1, minimum=1)
LFR_SHARDS_PER_WORKER = env.integer("LFR_SHARDS_PER_WORKER", 6, minimum=1)
LFR_INSIGHTFACE_DIR = env.folder("LFR_INSIGHTFACE_DIR")
LFR_PUBLIC_BASE_URL = env.text("LFR_PUBLIC_BASE_URL", "http://localhost:8000")
LFR_ALLOW_SIMULATED_CLOCK = env.flag("LFR_ALLOW_SIMULATED_CLOCK", True)
LFR_DEMO = env.flag("LFR_DEMO", False)
LFR_DEMO_STORY = env.path("LFR_DEMO_STORY", LFR_VAR_DIR / "run" / "demo-story.json")
# Mails become files to look at: this profile sends nothing.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = LFR_VAR_DIR / "mail"
CELERY = {**CELERY, "broker_url": broker_url(REDIS_URL)}
LOGGING = logging(env.text("LFR_LOG_LEVEL", "INFO"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_ROOT = LFR_VAR_DIR / "static"
env.finish("embedded")
