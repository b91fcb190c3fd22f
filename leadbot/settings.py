"""Django settings, all from the environment; docs/configuration.md explains each name."""

from __future__ import annotations

import os
from pathlib import Path

import environ
from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from leadbot import embedded_postgres

# Tracing posts whole prompts to a third party, even without a key (notes/agent.md 11).
for name in (
    *("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGSMITH_GATEWAY"),
    *("LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2", "LANGCHAIN_HANDLER"),
):
    os.environ[name] = "false"

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# An empty variable is an unset one, and a secret that starts with "$" names no other variable.
env.escape_proxy = True
env.ENVIRON = {
    name: f"\\{value}" if value.startswith("$") else value
    for name, value in os.environ.items()
    if value
}


def env_list(name: str, default: list[str]) -> list[str]:
    """Read a comma-separated list, spaces allowed."""
    return [item.strip() for item in env.list(name, default=default) if item.strip()]


DEBUG = env.bool("DEBUG", default=False)
# Set by `manage.py up`: plain http on loopback and the simulator are allowed.
DEMO = env.bool("LEADBOT_DEMO", default=False)
DATA_DIR = Path(env.str("LEADBOT_DATA_DIR", default="") or BASE_DIR / ".data").resolve()
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
if render_host := env.str("RENDER_EXTERNAL_HOSTNAME", default=""):
    ALLOWED_HOSTS.append(render_host)
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])
CORS_ALLOWED_ORIGINS = env_list("CORS_ALLOWED_ORIGINS", [])
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = [*default_headers, "if-match", "idempotency-key"]
CORS_EXPOSE_HEADERS = ["ETag", "Idempotent-Replayed", "X-Request-ID"]
PORT = env.int("PORT", default=8000)
# Where people reach the web: links in e-mails. Empty: conversations.addresses finds out.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

WHATSAPP_MODE = env.str("WHATSAPP_MODE", default="simulator")
SIMULATOR = WHATSAPP_MODE == "simulator"
WHATSAPP_API_URL = env.str("WHATSAPP_API_URL", default="") or (
    f"http://127.0.0.1:{PORT}/simulator/whatsapp/v26.0"
    if SIMULATOR
    else "https://graph.facebook.com/v26.0"
)
WHATSAPP_ACCESS_TOKEN = env.str("WHATSAPP_ACCESS_TOKEN", default="")
WHATSAPP_PHONE_NUMBER_ID = env.str("WHATSAPP_PHONE_NUMBER_ID", default="") or (
    "118273645019283" if SIMULATOR else ""
)
WHATSAPP_BUSINESS_ACCOUNT_ID = env.str("WHATSAPP_BUSINESS_ACCOUNT_ID", default="") or (
    "104938271650432" if SIMULATOR else ""
)
WHATSAPP_APP_SECRETS = env_list("WHATSAPP_APP_SECRET", [])
WHATSAPP_MESSAGES_PER_SECOND = env.int("WHATSAPP_MESSAGES_PER_SECOND", default=80)
WHATSAPP_VERIFY_TOKEN = env.str("WHATSAPP_VERIFY_TOKEN", default="")
WHATSAPP_PRICES = env.str("WHATSAPP_PRICES", default="")
WHATSAPP_CURRENCY = env.str("WHATSAPP_CURRENCY", default="USD")

AGENT_ENGINE = env.str("AGENT_ENGINE", default="guided")
AGENT_DEBOUNCE_SECONDS = env.float("AGENT_DEBOUNCE_SECONDS", default=3.0)
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="https://api.openai.com/v1")
OPENAI_MODEL = env.str("OPENAI_MODEL", default="gpt-5.6-luna")
OPENAI_FALLBACK_MODEL = env.str("OPENAI_FALLBACK_MODEL", default="")
OPENAI_TRANSCRIPTION_MODEL = env.str("OPENAI_TRANSCRIPTION_MODEL", default="")
OPENAI_VISION = env.bool("OPENAI_VISION", default=False)
# US dollars for a million tokens: in / in from the cache / out (notes/agent.md, November 2026).
OPENAI_PRICES = env.str("OPENAI_PRICES", default="gpt-5.6-luna=0.20/0.02/1.20")
AGENT_BUDGET_PER_LEAD_USD = env.str("AGENT_BUDGET_PER_LEAD_USD", default="0.50")
AGENT_BUDGET_PER_DAY_USD = env.str("AGENT_BUDGET_PER_DAY_USD", default="10")
AGENT_BUDGET_TOTAL_USD = env.str("AGENT_BUDGET_TOTAL_USD", default="none")
AGENT_MODEL_CALLS_PER_HOUR = env.int("AGENT_MODEL_CALLS_PER_HOUR", default=20)
AGENT_MODEL_CALLS_PER_DAY = env.int("AGENT_MODEL_CALLS_PER_DAY", default=60)

CALENDAR = env.str("CALENDAR", default="local")
OUTLOOK_TENANT_ID = env.str("OUTLOOK_TENANT_ID", default="")
OUTLOOK_CLIENT_ID = env.str("OUTLOOK_CLIENT_ID", default="")
OUTLOOK_CLIENT_SECRET = env.str("OUTLOOK_CLIENT_SECRET", default="")
# PEM text; where a variable holds one line only, its line breaks are written as \n.
OUTLOOK_CLIENT_CERTIFICATE = env.str("OUTLOOK_CLIENT_CERTIFICATE", default="", multiline=True)
OUTLOOK_GRAPH_URL = env.str("OUTLOOK_GRAPH_URL", default="https://graph.microsoft.com/v1.0")
OUTLOOK_AUTHORITY_URL = env.str(
    "OUTLOOK_AUTHORITY_URL", default="https://login.microsoftonline.com"
)

# Colleagues hear of hand-offs outside of the admin: by e-mail, and a webhook of the business.
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
# Port 465 speaks TLS from the first byte on.
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=not EMAIL_USE_SSL) and not EMAIL_USE_SSL
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=EMAIL_HOST_USER)
HANDOFF_WEBHOOK_URL = env.str("HANDOFF_WEBHOOK_URL", default="")
HANDOFF_WEBHOOK_SECRET = env.str("HANDOFF_WEBHOOK_SECRET", default="")

MEDIA_STORAGE = env.str("MEDIA_STORAGE", default="disk")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", default="")
S3_BUCKET = env.str("S3_BUCKET", default="")
S3_ACCESS_KEY_ID = env.str("S3_ACCESS_KEY_ID", default="")
S3_SECRET_ACCESS_KEY = env.str("S3_SECRET_ACCESS_KEY", default="")
S3_REGION = env.str("S3_REGION", default="")

# Where the phone simulator posts what its phones say: our own webhook or another instance's.
SIMULATOR_WEBHOOK_URL = (
    env.str("SIMULATOR_WEBHOOK_URL", default="") or f"http://127.0.0.1:{PORT}/webhook"
)
# An unanswered send is repeated after this long without a status (notes/production.md, turn 8);
# with the sweeper's 10 s within a minute.
UNKNOWN_GRACE_SECONDS = 45.0
# A dead worker's conversation is free after this; with the sweeper's 10 s it moves again within a
# minute. No outside call of a turn or a send may last longer.
LEASE_SECONDS = 40.0

INSTALLED_APPS = [
    "leadbot.apps.LeadbotAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "procrastinate.contrib.django",
    "integrations",
    "conversations",
    "agent",
    "leadbot.apps.LeadbotConfig",
]

MIDDLEWARE = [
    "leadbot.middleware.RequestIdMiddleware",
    "leadbot.middleware.DatabaseOutageMiddleware",
    "leadbot.middleware.ProviderDoorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "leadbot.urls"
WSGI_APPLICATION = "leadbot.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "leadbot" / "templates"],
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

# Supabase's Data API can read whatever sits in `public`: our tables live in their own schema.
DATABASE_SCHEMA = "leadbot"
EMBEDDED_DATABASE = not env.str("DATABASE_URL", default="")
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=0)
DATABASES = {
    "default": env.db_url_config(
        env.str("DATABASE_URL", default="") or embedded_postgres.database_url(DATA_DIR)
    )
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"]["options"] = (
    # Supabase keeps extensions in a schema of their own; elsewhere the name is ignored.
    f"-c search_path={DATABASE_SCHEMA},extensions"
)
# Without it the first request or job after a restart of the database fails.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASE_POOL_SIZE:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        # At 1 a lone thread's first query opens two: the pool grows while that one connects.
        "min_size": 0,
        "max_size": DATABASE_POOL_SIZE,
        # After a deploy the old instance's are wanted by the new one.
        "max_idle": 60.0,
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = None
# Supabase's transaction pooler gives each transaction another connection.
TRANSACTION_POOLER = str(DATABASES["default"]["PORT"]) == "6543"
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = TRANSACTION_POOLER
# Statements are prepared at their third use: half of what a webhook costs Postgres.
DATABASES["default"]["OPTIONS"] |= {
    "server_side_binding": True,
    "prepare_threshold": None if TRANSACTION_POOLER else 2,
}

AUTH_USER_MODEL = "conversations.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="es")
LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "leadbot" / "locale"]
FORMAT_MODULE_PATH = ["leadbot.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="America/Mexico_City")
USE_TZ = True

STATIC_URL = "static/"
# The demo serves files from where they lie; production collects them into the image.
COLLECTED = not (DEMO or DEBUG)
STATIC_ROOT = BASE_DIR / "staticfiles" if COLLECTED else None
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "media"},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if COLLECTED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED
if MEDIA_STORAGE == "s3":
    STORAGES["default"] = {
        "BACKEND": "integrations.object_storage.ObjectStorage",
        "OPTIONS": {
            "endpoint_url": S3_ENDPOINT_URL,
            "bucket_name": S3_BUCKET,
            "access_key": S3_ACCESS_KEY_ID,
            "secret_key": S3_SECRET_ACCESS_KEY,
            "region_name": S3_REGION,
        },
    }

# Meta sends up to 3 MB; Django's 2.5 MB default would refuse it (notes/whatsapp.md).
DATA_UPLOAD_MAX_MEMORY_SIZE = 3_500_000
# A question of the playbook is some 40 fields, and all of them are one page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6000
FILE_UPLOAD_HANDLERS = [
    "leadbot.uploads.LimitedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

SECURE = not (DEMO or DEBUG)
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "conversations.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["conversations.api.parsing.ShallowJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "conversations.api.pagination.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "conversations.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "conversations.api.problems.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "leadbot",
    "DESCRIPTION": "Leads, what was said with them, and their meetings. See docs/api.md.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "MessageState": "conversations.models.message.State",
        "MeetingState": "conversations.models.meeting.MeetingState",
        "MeetingChangedBy": "conversations.models.meeting.ChangedBy",
        "MeetingConflict": "conversations.models.meeting.Conflict",
        "SpokenLanguage": "conversations.models.user.SpokenLanguage",
        "AttachmentState": "conversations.models.message.Attachment.State",
        "AttachmentProblem": "conversations.models.message.Attachment.Problem",
        "FactProposalState": "conversations.models.proposal.FactProposal.State",
        "FollowUpReason": "conversations.models.follow_up.FollowUp.Reason",
        "FollowUpState": "conversations.models.follow_up.FollowUp.State",
        "TemplateStatus": "conversations.models.template.MessageTemplate.Status",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Nothing discovered: only leadbot.worker imports the tasks, and with them the engines.
PROCRASTINATE_IMPORT_PATHS: list[str] = []
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "correlation": {"()": "leadbot.logging.CorrelationFilter"},
        "readiness": {"()": "leadbot.logging.ReadinessFilter"},
    },
    "formatters": {"json": {"()": "leadbot.logging.Formatter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["correlation"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "django.request": {"level": "ERROR", "filters": ["readiness"]},
    },
}
