"""Entry point of web servers."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecomsync.settings")
_pages = get_wsgi_application()

from webhooks.porch import PorchBefore  # noqa: E402 - not before the apps are loaded

application = PorchBefore(_pages)
