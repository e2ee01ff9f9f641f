"""The calcom app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalcomConfig(AppConfig):
    """See docs/architecture.md for what belongs here."""

    name = "calcom"
    verbose_name = _("Calcom")
