"""The portal's pages for companies, branches, staff, and users with their roles."""

from django.apps import apps
from django.contrib import admin

from companies.admin.company import CompanyAdmin
from companies.admin.people import MembershipAdmin, UserAdmin
from companies.admin.places import BranchAdmin, StaffAdmin

__all__ = ["BranchAdmin", "CompanyAdmin", "MembershipAdmin", "StaffAdmin", "UserAdmin"]

# Permissions come from roles, and the schedule stands in the code: these pages of other apps would only mislead.
for app in ("auth", "axes", "django_celery_beat"):
    for model in apps.get_app_config(app).get_models():
        if admin.site.is_registered(model):
            admin.site.unregister(model)
