"""The portal's pages for companies, branches, staff, users with their roles, and API keys."""

from django.apps import apps
from django.contrib import admin

from companies.admin.company import CompanyAdmin
from companies.admin.keys import ApiKeyAdmin
from companies.admin.people import MembershipAdmin, UserAdmin
from companies.admin.places import BranchAdmin, StaffAdmin
from companies.admin.privacy import PrivacySettingsAdmin

__all__ = [
    "ApiKeyAdmin",
    "BranchAdmin",
    "CompanyAdmin",
    "MembershipAdmin",
    "PrivacySettingsAdmin",
    "StaffAdmin",
    "UserAdmin",
]

# Permissions come from roles, and the schedule stands in the code: these pages of other apps would only mislead.
for app in ("auth", "axes", "django_celery_beat", "rest_framework_api_key"):
    for model in apps.get_app_config(app).get_models():
        if admin.site.is_registered(model):
            admin.site.unregister(model)
