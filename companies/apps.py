"""The tenants' app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompaniesConfig(AppConfig):
    """Companies, branches, staff, users and their roles."""

    name = "companies"
    verbose_name = _("Companies")
