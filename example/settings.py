"""The shop's settings: a plain Django project, on the PostgreSQL of PGHISTORY_OPS_DSN."""

import os

from psycopg.conninfo import conninfo_to_dict

SECRET_KEY = "only an example"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "pghistory_ops",
    "shop",
]

_parameters = conninfo_to_dict(os.environ.get("PGHISTORY_OPS_DSN", ""))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _parameters.pop("dbname", "shop"),
        "USER": _parameters.pop("user", ""),
        "PASSWORD": _parameters.pop("password", ""),
        "HOST": _parameters.pop("host", ""),
        "PORT": _parameters.pop("port", ""),
        "OPTIONS": _parameters,
    }
}
