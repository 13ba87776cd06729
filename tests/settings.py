"""The tests' settings. Importing them starts nothing: see conftest.py for the server."""

from typing import Any

SECRET_KEY = "tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "pghistory_ops",
]
DATABASES: dict[str, dict[str, Any]] = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "pghistory_ops"},
    "other": {"ENGINE": "django.db.backends.postgresql", "NAME": "pghistory_ops_other"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
