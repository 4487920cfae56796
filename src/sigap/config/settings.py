"""Django settings. What a deployment changes comes from the environment (docs/operations.md)."""

import os
import secrets
from pathlib import Path

from sigap.config.database import database_settings

HOME = Path(os.environ.get("SIGAP_HOME", "var")).resolve()
ROOT = Path(__file__).resolve().parents[3]
WEB_DIST = Path(os.environ.get("SIGAP_WEB_DIST", str(ROOT / "web" / "dist")))
FILES = HOME / "files"
TILES = HOME / "city"

DEBUG = os.environ.get("SIGAP_DEBUG") == "1"
# Without a key here sessions end with the process; `sigap up` keeps one in SIGAP_HOME.
SECRET_KEY = os.environ.get("SIGAP_SECRET_KEY") or secrets.token_urlsafe(48)
ALLOWED_HOSTS = os.environ.get("SIGAP_ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("SIGAP_ORIGINS", "").split(",") if o]
NODE_URL = os.environ.get("SIGAP_NODE_URL", "http://127.0.0.1:8090")

DATABASES = {"default": database_settings(os.environ.get("SIGAP_DATABASE_URL", ""))}
if "SIGAP_TEST_DB" in os.environ:
    DATABASES["default"]["TEST"] = {"NAME": os.environ["SIGAP_TEST_DB"]}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

INSTALLED_APPS = [
    "sigap.config.admin_app.CityAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
    "procrastinate.contrib.django",
    "sigap.core",
    "sigap.accounts",
    "sigap.city",
    "sigap.cctv",
    "sigap.intake",
    "sigap.incidents",
    "sigap.dispatch",
    "sigap.followup",
    "sigap.insight",
    "sigap.federation",
    "sigap.citizen",
    "sigap.console",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "sigap.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "sigap.accounts.adapter.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/5m/ip,5/5m/key"}
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
HEADLESS_FRONTEND_URLS: dict[str, str] = {}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Sigap"
# One step of 30 s either way: phones drift (RFC 6238, section 5.2).
MFA_TOTP_TOLERANCE = 1

# Shared by all processes, so that login throttling counts across them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
    }
}

SECURE = os.environ.get("SIGAP_HTTPS") == "1"
SESSION_COOKIE_NAME = "sessionid"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"

# Requests per minute and address on public write routes; 0 lifts the limit (benchmarks).
PUBLIC_WRITES_PER_MINUTE = int(os.environ.get("SIGAP_PUBLIC_WRITES_PER_MINUTE", "20"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
