"""What every profile shares. Nothing here reads the environment: profiles pass in what differs."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from lfrplatform.settings.rates import LFR_RATE_API_PREFIX as LFR_RATE_API_PREFIX
from lfrplatform.settings.rates import LFR_RATE_CLASSES as LFR_RATE_CLASSES
from lfrplatform.settings.rates import LFR_RATE_LIMITS as LFR_RATE_LIMITS

BASE_DIR = Path(__file__).resolve().parent.parent.parent

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "axes",
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
    "apps.casework",
    "apps.oversight",
    "apps.retention",
    "apps.scrutiny",
    "apps.ops",
    "apps.desk",
    "apps.integration",
    "apps.demo",
]

MIDDLEWARE = [
    "apps.core.headers.SecurityHeadersMiddleware",
    # Outside all that could redirect.
    "apps.core.web.SentFromPageMiddleware",
    # Outside all that could refuse a request: the API says so in its own form.
    "apps.integration.middleware.ApiDoorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "apps.core.uploads.BodyLimitMiddleware",
    "apps.core.requests.JsonDepthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    # Django's own, which remembers for whom a session that ended elsewhere keeps what they typed.
    "apps.accounts.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "apps.core.limits.RateLimitMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.accounts.middleware.ForceContextMiddleware",
    "apps.core.web.DomainErrorMiddleware",
    # Innermost: it hears of an exception first.
    "apps.accounts.confirming.ReauthenticationMiddleware",
]

ROOT_URLCONF = "lfrplatform.urls"
ASGI_APPLICATION = "lfrplatform.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/notices/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 14},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.passwords.NotThePresentPassword"},
]

# Sign-in (docs/adr/0013). Nobody registers, and nothing is sent by e-mail: only the addresses in
# apps/accounts/urls.py are routed, and allauth's own templates cannot be loaded (APP_DIRS is off).
ACCOUNT_ADAPTER = "apps.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
# The cookie ends with the browser; the session after 12 hours in any case.
ACCOUNT_SESSION_REMEMBER = False
# Lock-out is axes' work; these only slow a flood. None is by account: a stranger could use that up.
ACCOUNT_RATE_LIMITS: Any = {"login": "60/m/ip", "login_failed": "60/m/ip", "reauthenticate": "20/m/user"}
MFA_ADAPTER = "apps.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Live Facial Recognition"
# A clock may be half a minute off. Used codes are remembered by us (apps/accounts/factors.py).
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "apps.accounts.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5

# axes' middleware would answer in place of the forms, which say it themselves.
SILENCED_SYSTEM_CHECKS = ["axes.W002"]
AXES_HANDLER = "apps.accounts.lockout.LockoutHandler"
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
# For an account from one address, or in a browser that its owner used before (apps/accounts/lockout.py).
AXES_FAILURE_LIMIT = 5
# For an address, which a whole station may share.
LFR_LOCKOUT_ADDRESS_LIMIT = 50
# For an account from all strange addresses together; from then on one attempt in so long a time.
LFR_LOCKOUT_ACCOUNT_LIMIT = 100
LFR_LOCKOUT_ACCOUNT_DELAY = timedelta(seconds=30)
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "apps.accounts.lockout.address_of"

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
# The public pages alone have more than one language, by their address (apps/notices/languages.py).
LANGUAGES = [("en-gb", "English"), ("cy", "Cymraeg")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
# Leaflet's own files come from its package; its tiles and its Django parts are not used.
LEAFLET = Path(str(distribution("django-leaflet").locate_file("leaflet/static/leaflet")))
STATICFILES_DIRS = [BASE_DIR / "static", ("leaflet", LEAFLET)]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "apps.accounts.stale.page_was_stale"
# In the session, which is on the server: a cookie of messages would carry what they say.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
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
# Any other body, altogether; headers with the address, all together.
LFR_SMALL_BODY_SECONDS = 2 * 60
LFR_MAX_HEADERS = 100
LFR_MAX_HEADER_BYTES = 32 * 1024
LFR_MAX_JSON_DEPTH = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = LFR_MAX_UPLOAD_BYTES
FILE_UPLOAD_HANDLERS = ["apps.core.uploads.MemoryOnlyUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 2_500
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
# How many proxies of ours stand before the platform: that many entries of X-Forwarded-For are believed.
LFR_TRUSTED_PROXIES = 0

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
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}

# The API (apps/integration). Requests of one token; the description leaves out everything else.
LFR_API_REQUESTS_A_MINUTE = 600
# Hosts of other police systems that forces may have asked (apps/core/outgoing.py): "status.police.example"
# or "status.police.example:8443"; and whether one may be on this machine without TLS, for tests.
LFR_SERVICE_HOSTS: tuple[str, ...] | list[str] = ()
LFR_SERVICE_LOOPBACK = False
# Hosts to which forces may have events of alerts sent (apps/integration/webhooks.py), written the same way.
LFR_WEBHOOK_HOSTS: tuple[str, ...] | list[str] = ()
SPECTACULAR_SETTINGS = {
    "TITLE": "Live Facial Recognition",
    "DESCRIPTION": "For systems of a force: deployments, watchlist import, notices, records, audit export.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["apps.integration.schemas.only_the_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.integration.schemas.add_what_all_share",
    ],
    "ENUM_NAME_OVERRIDES": {
        "DeploymentState": "apps.integration.serializers_deployments.STATES",
        "ImportState": "apps.integration.serializers_imports.STATES",
        "NoticeStatus": "apps.integration.serializers_reading.STATUSES",
    },
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
# Whether apps/ops/production.py looks for what only a machine of one's own may do.
LFR_PRODUCTION = False
LFR_CLOCK_SYNC = "outside"
# "encrypted": what is swapped out is encrypted with a key that nobody keeps (apps/ops/memory.py).
LFR_SWAP = "off"
LFR_MODEL_PACK = "opencv-zoo"
# A folder with models of one's own for the `insightface` family, and their manifest pack.toml. None: no such.
LFR_INSIGHTFACE_DIR: Path | None = None
LFR_ALLOW_SIMULATED_CLOCK = False
LFR_SUBJECT_COOL_DOWN_S = 60
# How many shards one recognition worker takes, however many threads it has (apps/live/worker.py).
LFR_SHARDS_PER_WORKER = 6
# What the monitoring system shows at /metrics (apps/ops/metrics). Empty: there is no such page.
LFR_METRICS_TOKEN = ""
# Where the public pages are written, and served from ahead of Django. None: Django alone serves them.
LFR_PUBLIC_DIR: Path | None = None
# Mails about notices (apps/notices/mails.py) are all that is sent; a server that hangs must not hold a sweep.
DEFAULT_FROM_EMAIL = "notices@localhost"
EMAIL_TIMEOUT = 10
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
            "OPTIONS": {**DATABASE_OPTIONS, **entry.get("OPTIONS", {}), **options},
        }
    }


def channel_layers(redis_url: str, prefix: str) -> dict[str, Any]:
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [redis_url], "prefix": f"{prefix}channels"},
        }
    }


def caches(redis_url: str, prefix: str) -> dict[str, Any]:
    """Shared by all processes, for counting attempts. JSON: what is in Valkey is never unpickled."""
    return {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": f"{prefix}cache",
            "OPTIONS": {
                "serializer": "apps.core.cache.JsonSerializer",
                "socket_timeout": 5,
                "socket_connect_timeout": 2,
            },
        }
    }


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Valkey address: a socket is redis+socket:// with virtual_host for the index."""
    if redis_url.startswith("unix://"):
        path, _, query = redis_url.removeprefix("unix://").partition("?")
        index = query.removeprefix("db=") or "0"
        return f"redis+socket://{path}?virtual_host={index}"
    return redis_url


def logging(level: str = "INFO", *, formatter: str = "plain") -> dict[str, Any]:
    """`formatter`: "plain" for people, "json" for a machine. docs/reference/logs.md"""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {
                "()": "apps.core.redaction.RedactingFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
            "json": {"()": "apps.core.redaction.JsonFormatter"},
        },
        "filters": {"own_details": {"()": "apps.core.redaction.OwnDetails"}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": formatter,
                "filters": ["own_details"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        # No handlers but the root's: theirs know nothing of redaction, and Django's would send mail.
        "loggers": {
            "django.db.backends": {"level": "WARNING"},
            **{
                name: {"handlers": [], "propagate": True}
                for name in (
                    "django",
                    "django.server",
                    "uvicorn",
                    "uvicorn.error",
                    "uvicorn.access",
                    "celery",
                )
            },
        },
    }
