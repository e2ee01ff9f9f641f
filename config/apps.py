"""App configurations: the staff portal as the site of django.contrib.admin, and the project itself."""

from contextlib import suppress
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AdminConfig):
    """django.contrib.admin with our portal as its one site."""

    default_site = "config.portal.Portal"


class ProjectConfig(AppConfig):
    """Makes the project's own management commands and templates findable."""

    name = "config"

    def ready(self) -> None:
        """Register the checks, and make the directory that processes count in."""
        from config import checks  # noqa: F401, PLC0415 - registers itself, and needs the apps loaded

        if settings.METRICS_DIRECTORY:
            with suppress(OSError):  # said by `check --deploy`; what is not counted harms nothing else
                Path(settings.METRICS_DIRECTORY).mkdir(mode=0o700, parents=True, exist_ok=True)
