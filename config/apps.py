"""App configurations: the staff portal as the site of django.contrib.admin, and the project itself."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AdminConfig):
    """django.contrib.admin with our portal as its one site."""

    default_site = "config.portal.Portal"


class ProjectConfig(AppConfig):
    """Makes the project's own management commands and templates findable."""

    name = "config"

    def ready(self) -> None:
        """Register the checks."""
        from config import checks  # noqa: F401, PLC0415 - registers itself, and needs the apps loaded
