"""A project whose static files are the point. What a test varies comes from the environment."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-for-tests"
DEBUG = os.environ.get("DEBUG", "1") == "1"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
INSTALLED_APPS = ["shop", "django.contrib.staticfiles", "django.contrib.contenttypes", "django.contrib.auth"]
INSTALLED_APPS += os.environ.get("MORE_APPS", "").split()
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
MIDDLEWARE += os.environ.get("MORE_MIDDLEWARE", "").split()
TEMPLATES = []
USE_TZ = True

STATIC_URL = os.environ.get("STATIC_URL", "static/")
STATIC_ROOT = os.environ.get("STATIC_ROOT") or None
STATICFILES_DIRS = [BASE_DIR / "assets", ("prefixed", BASE_DIR / "assets" / "site")]
if os.environ.get("STATIC_FINDERS"):
    STATICFILES_FINDERS = os.environ["STATIC_FINDERS"].split()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": os.environ.get(
            "STATIC_STORAGE", "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
MEDIA_URL = "media/"
MEDIA_ROOT = os.environ.get("MEDIA_ROOT", "")
