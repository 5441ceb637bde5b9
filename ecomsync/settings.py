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
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from ecomsync.common.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

VAR_DIR: Path = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _kept_secret(name: str, make: str) -> str:
    """A secret of the embedded installation, made once and kept in VAR_DIR with mode 600."""
    path = VAR_DIR / name
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make)
    return path.read_text().strip()


def _new_django_key() -> str:
    from django.core.management.utils import get_random_secret_key

    return get_random_secret_key()


def _new_fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


# ---------------------------------------------------------------- the installation
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _kept_secret("secret_key", _new_django_key())
FIELD_ENCRYPTION_KEYS: list[str] = env.list("FIELD_ENCRYPTION_KEYS", default=[]) or [
    _kept_secret("encryption_key", _new_fernet_key())
]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOW_PRIVATE_ADDRESSES = env.bool("ALLOW_PRIVATE_ADDRESSES", default=False)

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
    "webhooks.porch.WebhookPorch",  # first: a delivery needs none of what follows
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
DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url("DATABASE_URL", default=_default_db)}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that will write takes its lock at once and waits its turn, instead of failing later.
    # synchronous=NORMAL can lose the last commits on power loss, not on a crash; SQLITE_SYNCHRONOUS=FULL avoids that.
    _synchronous = env.str("SQLITE_SYNCHRONOUS", default="NORMAL")
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={_synchronous}; PRAGMA foreign_keys=ON;",
    }
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
elif not _database["ENGINE"].endswith("postgresql"):
    raise ImproperlyConfigured("DATABASE_URL must be a postgresql:// or sqlite:/// address.")
_database["CONN_MAX_AGE"] = None
_database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "ecomsync"}
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
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
# Publishing must never hold up a page or a webhook: beat finds the rows anyway.
CELERY_TASK_PUBLISH_RETRY = False

# How long a claim outlives a worker that died with it. Live workers extend theirs all the time.
LEASE_SECONDS = env.float("LEASE_SECONDS", default=60.0)

# ---------------------------------------------------------------- people
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "ecomsync" / "locale", BASE_DIR / "platforms" / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_I18N = True
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

EMAIL_URL = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_URL)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="ecomsync@localhost")

# ---------------------------------------------------------------- pages
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise wants it, filled or not
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
BEHIND_TLS = env.bool("BEHIND_TLS", default=BASE_URL.startswith("https://"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=0)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("TRUST_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
WEBHOOK_MAX_BODY_BYTES = env.int("WEBHOOK_MAX_BODY_BYTES", default=4 * 1024 * 1024)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.DjangoModelPermissions"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

# ---------------------------------------------------------------- the documents' system properties
_READERS = {bool: env.bool, int: env.int, str: env.str}


def _system_properties() -> dict[str, bool | int | str]:
    """Those that the environment sets, checked, under the documents' names."""
    from ecomsync.common.conf import PROPERTIES

    found: dict[str, bool | int | str] = {}
    for prop in PROPERTIES:
        if prop.variable not in os.environ:
            continue
        try:
            value = _READERS[type(prop.default)](prop.variable)
        except ValueError as err:
            kind = type(prop.default).__name__
            raise ImproperlyConfigured(f"{prop.variable} must be of type {kind}: {err}.") from err
        if type(prop.default) is int and value < prop.minimum:
            raise ImproperlyConfigured(f"{prop.variable}={value} is too small: at least {prop.minimum}.")
        found[prop.name] = value
    return found


SYSTEM_PROPERTIES = _system_properties()

LOGGING = logging_settings(
    level=env.str("LOG_LEVEL", default="INFO"), as_json=env.bool("LOG_JSON", default=not EMBEDDED)
)
