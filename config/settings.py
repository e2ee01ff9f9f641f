"""Settings, all from the environment; `.env.example` explains each variable."""

import logging
import os
from pathlib import Path

import environ
from kombu import Exchange, Queue

from config.logging import logging_config
from config.portal_theme import UNFOLD as PORTAL
from config.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if env.bool("READ_DOT_ENV", default=True) and (BASE_DIR / ".env").exists():
    env.read_env(str(BASE_DIR / ".env"))

DEBUG = env.bool("DJANGO_DEBUG", default=False)
SECRET_KEY = env.str("DJANGO_SECRET_KEY")
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("DJANGO_CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://127.0.0.1:8000")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "config.apps.PortalConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "phonenumber_field",
    "timezone_field",
    "axes",
    "csp",
    "django_structlog",
    "django_celery_beat",
    "rest_framework",
    "rest_framework_api_key",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "companies",
    "appointments",
    "calcom",
    "webhooks",
    "config.apps.ProjectConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.NulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "config.middleware.PortalSessionMiddleware",
    "config.middleware.PortalLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.middleware.PortalAuthenticationMiddleware",
    "config.middleware.PortalMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.PortalCSPMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# PostgreSQL. Connections live long: reconnecting per request costs seven times the insert itself.
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=600),
    "CONN_HEALTH_CHECKS": True,
    # psycopg must prepare nothing itself: after a roll-back it would deallocate ours too (appointments.prepared).
    "OPTIONS": {"connect_timeout": 5} | DATABASES["default"].get("OPTIONS", {}) | {"prepare_threshold": None},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One Redis-protocol server: cache, counters, wake-ups and Celery's queue. Short timeouts: it may be away.
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "slotkeeper",
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_CONNECT_TIMEOUT": 0.3,
            "SOCKET_TIMEOUT": 0.5,
        },
    },
}

# The same server, for counters without which life goes on: with it away, nothing is counted and nothing is raised.
CACHES["lenient"] = CACHES["default"] | {"OPTIONS": CACHES["default"]["OPTIONS"] | {"IGNORE_EXCEPTIONS": True}}

# Sessions live in the database: a restart of the cache logs nobody out.
AUTH_USER_MODEL = "companies.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "companies.roles.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=10)
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# The form's field is named "username" though it holds an e-mail address: axes would look for "email" and count nobody.
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "companies.login.login_name"
AXES_CLIENT_IP_CALLABLE = "companies.login.client_address"
AXES_LOCKOUT_CALLABLE = "companies.login.shut_out"
PROXIES_IN_FRONT = env.int("PROXIES_IN_FRONT", default=0)
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600

# Newest first. The first encrypts, all decrypt; `manage.py rotate_keys` re-encrypts with the first.
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS")

# Webhooks of Cal.com. The server-wide secrets (newest first) serve the two addresses without a company token.
CALCOM_WEBHOOK_SECRETS = env.list("CALCOM_WEBHOOK_SECRETS", default=[])
WEBHOOK_MAX_BODY_BYTES = env.int("WEBHOOK_MAX_BODY_BYTES", default=1_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# Where bookings are kept besides here; made for one company. The domain knows no other name of it.
BOOKING_BACKEND = "calcom.backend.CalcomBackend"
# How many changes of one company are told to the backend at the same time; a company in trouble gets two.
PUSHES_AT_ONCE_PER_COMPANY = env.int("PUSHES_AT_ONCE_PER_COMPANY", default=8)

# Cal.com's API. Each of the three protections can be switched off; all are shared by all processes.
CALCOM_BASE_URL = env.str("CALCOM_BASE_URL", default="https://api.cal.com/v2")
CALCOM_CONNECT_TIMEOUT_S = env.float("CALCOM_CONNECT_TIMEOUT_S", default=5)
CALCOM_READ_TIMEOUT_S = env.float("CALCOM_READ_TIMEOUT_S", default=15)
CALCOM_V2_CIRCUIT_BREAKER_ENABLED = env.bool("CALCOM_V2_CIRCUIT_BREAKER_ENABLED", default=True)
CALCOM_V2_RATE_LIMIT_ENABLED = env.bool("CALCOM_V2_RATE_LIMIT_ENABLED", default=True)
CALCOM_V2_CACHE_ENABLED = env.bool("CALCOM_V2_CACHE_ENABLED", default=True)

# The API. Every DRF view is closed unless it says otherwise; limits hold for all processes together.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
API_MAX_BODY_BYTES = env.int("API_MAX_BODY_BYTES", default=100_000)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "companies.api.authentication.KeyAuthentication",
        "companies.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["companies.api.scopes.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["companies.api.throttling.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["companies.api.parsers.ObjectParser"],
    "DEFAULT_FILTER_BACKENDS": ["companies.api.filters.FilterBackend", "companies.api.filters.OrderingBackend"],
    "DEFAULT_PAGINATION_CLASS": "companies.api.pagination.PositionPagination",
    "DEFAULT_SCHEMA_CLASS": "companies.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "companies.api.problems.answer",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Slotkeeper",
    "DESCRIPTION": "Appointments of a company: when somebody is free, and booking it. See docs/api.md.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "/static/slotkeeper/favicon.svg",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "docExpansion": "none"},
    "ENUM_NAME_OVERRIDES": {
        "AppointmentStatus": "appointments.models.appointment.Status",
        "SyncStatus": "appointments.models.appointment.SyncStatus",
        "Availability": "appointments.api.free_schema.AVAILABILITY",
        "AskedAvailability": "appointments.api.shown.AVAILABILITY",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "companies.api.schema.complete",
        "appointments.api.examples.up_to_date",
    ],
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_DB_REUSE_MAX = 10_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5, "visibility_timeout": 3600}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = SCHEDULE
# Draining and pushing have queues of their own, so that neither a flood of deliveries nor an import of thousands of
# bookings nor an outage of Cal.com holds up mails, the heartbeat, or each other.
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in ("celery", "deliveries", "pushes")]
CELERY_TASK_ROUTES = {
    "webhooks.tasks.drain": {"queue": "deliveries"},
    "appointments.tasks.push": {"queue": "pushes"},
}

# For Prometheus. Processes count in files in this directory (prometheus_client reads the same variable); without it
# each process of the web server shows what it has counted itself.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_DIRECTORY = env.str("PROMETHEUS_MULTIPROC_DIR", default="")
if not METRICS_DIRECTORY:
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)

# One line for each request, without the reader's address and name: those are personal data.
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = None
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Slotkeeper <slotkeeper@example.com>")

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Berlin")
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = env.str("PHONE_DEFAULT_REGION", default="DE")
PHONENUMBER_DB_FORMAT = "E164"

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "staticfiles")
WHITENOISE_USE_FINDERS = env.bool("STATIC_USE_FINDERS", default=DEBUG)

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("COOKIES_SECURE", default=False)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
# Whether subdomains keep to TLS as well is not ours to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
X_FRAME_OPTIONS = "DENY"
# Alpine.js and htmx evaluate expressions in attributes, hence unsafe-eval: all our pages are the portal's, and all have
# them. Scripts inside pages are not allowed, so that a name which became markup would still run nothing.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
    },
}

UNFOLD = PORTAL
LOGGING = logging_config(
    json=env.bool("LOG_JSON", default=not DEBUG),
    level=env.str("LOG_LEVEL", default="INFO"),
    files={name: env.str(f"LOG_{name.upper()}_FILE", default="") for name in ("calcom", "webhooks")},
)
LOGGING_CONFIG = "logging.config.dictConfig"
