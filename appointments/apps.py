"""The appointments app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppointmentsConfig(AppConfig):
    """See docs/architecture.md for what belongs here."""

    name = "appointments"
    verbose_name = _("Appointments")
