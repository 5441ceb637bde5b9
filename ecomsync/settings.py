"""All settings, read from the environment here and nowhere else. README lists the variables.

With no environment at all this is the embedded installation: SQLite, an in-memory broker, one process.
DATABASE_URL and BROKER_URL (and REDIS_URL) turn it into the production one.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from ecomsync.common.conf import PROPERTIES
from ecomsync.common.logs import logging_settings
from ecomsync.environment import (
    kept_secret,
    prepare_folder,
    read_bool,
    read_choice,
    read_database,
    read_email,
    read_float,
    read_int,
    read_redis_url,
)

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

VAR_DIR = prepare_folder(Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))), "VAR_DIR")

# ---------------------------------------------------------------- the installation
DEBUG = read_bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(VAR_DIR, "secret_key", get_random_secret_key)
FIELD_ENCRYPTION_KEYS: list[str] = env.list("FIELD_ENCRYPTION_KEYS", default=[]) or [
    kept_secret(VAR_DIR, "encryption_key", lambda: Fernet.generate_key().decode())
]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOW_PRIVATE_ADDRESSES = read_bool("ALLOW_PRIVATE_ADDRESSES", False)

INSTALLED_APPS = [
    "ecomsync.apps.EcomsyncAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "import_export",
    "auditlog",
    "axes",
    "csp",
    "ecomsync.apps.EcomsyncConfig",
    "activity.apps.ActivityConfig",
    "erp.apps.ErpConfig",
    "sites.apps.SitesConfig",
    "sync_queues.apps.SyncQueuesConfig",
    "linking.apps.LinkingConfig",
    "pricing.apps.PricingConfig",
    "catalog.apps.CatalogConfig",
    "orders.apps.OrdersConfig",
    "webhooks.apps.WebhooksConfig",
]

MIDDLEWARE = [
    "webhooks.porch.WebhookPorch",  # first: a delivery needs none of what follows (see also ecomsync/wsgi.py)
    "ecomsync.middleware.MonitorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ecomsync.middleware.TraceMiddleware",
    "ecomsync.middleware.ActorMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ecomsync.urls"
WSGI_APPLICATION = "ecomsync.wsgi.application"
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
                "django.template.context_processors.i18n",
            ]
        },
    }
]

# ---------------------------------------------------------------- data
_default_db = f"sqlite:///{VAR_DIR / 'ecomsync.sqlite3'}"
DATABASES: dict[str, dict[str, Any]] = {"default": read_database("DATABASE_URL", _default_db)}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that will write takes its lock at once and waits its turn, instead of failing later.
    # synchronous=NORMAL can lose the last commits on power loss, not on a crash; SQLITE_SYNCHRONOUS=FULL avoids that.
    _synchronous = read_choice("SQLITE_SYNCHRONOUS", "NORMAL", frozenset({"OFF", "NORMAL", "FULL", "EXTRA"}))
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 60,  # a busy machine lets nobody fail for having waited behind an import
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={_synchronous}; PRAGMA foreign_keys=ON;",
    }
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
_database["CONN_MAX_AGE"] = None
_database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = read_redis_url("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "ecomsync"}
}
if REDIS_URL:
    # Here, so that an installation without Redis does not load its client.
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    CACHES["default"] = {
        "BACKEND": "ecomsync.shared_cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2, "retry": Retry(NoBackoff(), 0)},
    }

# ---------------------------------------------------------------- Celery: messages are wake-ups, the tables are the truth
BROKER_URL = env.str("BROKER_URL", default=REDIS_URL or "memory://")
EMBEDDED = BROKER_URL.startswith("memory://")
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_DEFAULT_QUEUE = "ecomsync"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Publishing must never hold up a page or a webhook: beat finds the rows anyway. Without these a Redis that is gone
# costs each publisher six seconds, and one that is silent costs it for ever.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_TASK_PUBLISH_RETRY = False

# full: everything. gateway: a public host that only takes webhooks and keeps them until an inner installation fetches them.
ROLE = read_choice("ROLE", "FULL", frozenset({"FULL", "GATEWAY"})).lower()

# How long a claim outlives a worker that died with it. Live workers extend theirs all the time.
LEASE_SECONDS = read_float("LEASE_SECONDS", 60.0, minimum=1.0)

# ---------------------------------------------------------------- retention: how many days finished rows stay; 0: for ever
RETENTION_DAYS = {
    kind: read_int(f"RETENTION_DAYS_{kind.upper()}", days, minimum=0)
    for kind, days in {
        "requests": 30,
        "messages": 90,
        "versions": 180,
        "webhooks": 60,
        "events": 365,
        "calls": 30,
        "runs": 90,
        "problems": 90,
        "differences": 90,
        "alerts": 90,
        "counters": 400,
        "readings": 30,
    }.items()
}
# Where what goes is written first, as compressed JSON lines; empty: nowhere.
ARCHIVE_DIR = env.str("ARCHIVE_DIR", default="")

# ---------------------------------------------------------------- people
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
# Every platform package brings the Arabic of its own sentences.
LOCALE_PATHS = [BASE_DIR / "ecomsync" / "locale", *sorted(BASE_DIR.glob("platforms/*/locale"))]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "ecomsync.formats"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUDITLOG_DISABLE_ON_RAW_SAVE = True

vars().update(read_email("EMAIL_URL", "consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="ecomsync@localhost")

# ---------------------------------------------------------------- pages
STATIC_URL = "/static/"
# whitenoise wants the folder, filled or not
STATIC_ROOT = str(
    prepare_folder(Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))), "STATIC_ROOT")
)
MEDIA_URL = "/media/"
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
# Finders serve straight from the source tree, so that a new installation needs no collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FORMS_URLFIELD_ASSUME_HTTPS = True

# ---------------------------------------------------------------- security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "https:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
BEHIND_TLS = read_bool("BEHIND_TLS", BASE_URL.startswith("https://"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = read_int("HSTS_SECONDS", 0, minimum=0)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if read_bool("TRUST_FORWARDED_PROTO", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Figures for Prometheus are served to whoever sends this as a bearer token; empty: not at all.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
WEBHOOK_MAX_BODY_BYTES = read_int("WEBHOOK_MAX_BODY_BYTES", 4 * 1024 * 1024, minimum=1024)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.DjangoModelPermissions"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}


# ---------------------------------------------------------------- the documents' system properties
def _system_properties() -> dict[str, bool | int | str]:
    """Those that the environment sets, checked, under the documents' names."""
    found: dict[str, bool | int | str] = {}
    for prop in PROPERTIES:
        if not os.environ.get(prop.variable, "").strip():
            continue
        if isinstance(prop.default, bool):
            found[prop.name] = read_bool(prop.variable, prop.default)
        elif isinstance(prop.default, int):
            found[prop.name] = read_int(prop.variable, prop.default, minimum=prop.minimum)
        else:
            found[prop.name] = os.environ[prop.variable].strip()
    return found


SYSTEM_PROPERTIES = _system_properties()

LOGGING = logging_settings(
    level=read_choice("LOG_LEVEL", "INFO", frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})),
    as_json=read_bool("LOG_JSON", not EMBEDDED),
)
