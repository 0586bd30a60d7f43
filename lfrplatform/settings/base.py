"""What every profile shares. Nothing here reads the environment: profiles pass in what differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent.parent

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "apps.core",
    "apps.audit",
    "apps.forces",
    "apps.accounts",
    "apps.vault",
    "apps.recognition",
    "apps.watchlists",
    "apps.deployments",
    "apps.notices",
    "apps.relays",
    "apps.alerts",
    "apps.live",
    "apps.retention",
    "apps.scrutiny",
    "apps.ops",
    "apps.desk",
    "apps.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "apps.core.uploads.BodyLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.accounts.middleware.ForceContextMiddleware",
    "apps.core.web.DomainErrorMiddleware",
]

ROOT_URLCONF = "lfrplatform.urls"
ASGI_APPLICATION = "lfrplatform.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/notices/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 14},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.accounts.context.signed_in",
                "apps.demo.context.demo",
            ]
        },
    }
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# What is uploaded may be a face and stays in memory (apps/core/uploads.py). FILE_UPLOAD_MAX_MEMORY_SIZE is
# also the size from which Django's ASGI handler would put a body on disk: none that large gets to it.
LFR_MAX_UPLOAD_BYTES = 64 * 1024 * 1024
LFR_MAX_BODY_BYTES = 5 * 1024 * 1024 // 2
# Bodies over LFR_MAX_BODY_BYTES that a process takes at the same time, each from another signed-in person;
# how long one may take altogether (64 MB at 0.6 Mbit/s), and pause.
LFR_MAX_LARGE_BODIES = 3
LFR_LARGE_BODY_SECONDS = 15 * 60
LFR_LARGE_BODY_PAUSE_SECONDS = 30
FILE_UPLOAD_MAX_MEMORY_SIZE = LFR_MAX_UPLOAD_BYTES
FILE_UPLOAD_HANDLERS = ["apps.core.uploads.MemoryOnlyUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 2_500

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

# psycopg_pool's own patience (30 s for a connection, minutes between attempts after an outage) would let a
# recognition loop hang instead of counting a gap, and come back late.
POOL: dict[str, Any] = {"min_size": 1, "max_size": 8, "timeout": 3, "reconnect_timeout": 8}

# Server-side binding keeps a probe template out of the statement text, and so out of any log that
# quotes statements (docs/explanation/architecture.md, invariant 3).
DATABASE_OPTIONS: dict[str, Any] = {"server_side_binding": True, "pool": POOL}

CELERY: dict[str, Any] = {
    "task_ignore_result": True,
    "task_acks_late": False,
    "task_default_queue": "system",
    "worker_prefetch_multiplier": 1,
    "task_serializer": "json",
    "accept_content": ["json"],
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {"visibility_timeout": 3600, "global_keyprefix": "lfr:celery:"},
    "worker_hijack_root_logger": False,
    "timezone": "UTC",
}

# What the platform itself reads.
LFR_MODEL_PACK = "opencv-zoo"
LFR_ALLOW_SIMULATED_CLOCK = False
LFR_SUBJECT_COOL_DOWN_S = 60
# The guided pages of the demonstration, and the file that `make demo` writes for them. Never in production.
LFR_DEMO = False
LFR_DEMO_STORY = BASE_DIR / "var" / "run" / "demo-story.json"
REDIS_PREFIX = "lfr:"


def database(entry: dict[str, Any], **options: Any) -> dict[str, Any]:
    """`entry` with the options every profile needs: one connection a request, from a bounded pool."""
    return {
        "default": {
            **entry,
            "CONN_MAX_AGE": 0,
            "ATOMIC_REQUESTS": False,
            "OPTIONS": {**DATABASE_OPTIONS, **options},
        }
    }


def channel_layers(redis_url: str, prefix: str) -> dict[str, Any]:
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [redis_url], "prefix": f"{prefix}channels"},
        }
    }


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Valkey address: a socket is redis+socket:// with virtual_host for the index."""
    if redis_url.startswith("unix://"):
        path, _, query = redis_url.removeprefix("unix://").partition("?")
        index = query.removeprefix("db=") or "0"
        return f"redis+socket://{path}?virtual_host={index}"
    return redis_url


def logging(level: str = "INFO") -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django.db.backends": {"level": "WARNING"}},
    }
