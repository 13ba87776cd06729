"""Wagtail, the rest of Django's own apps with models, and the two apps of a project."""

from application.settings import *  # noqa: F403
from application.settings import INSTALLED_APPS

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "django.contrib.flatpages",
    "django.contrib.redirects",
    "django.contrib.sites",
]
SITE_ID = 1
