"""Branches and staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminColorInputWidget

from companies.models import Branch, Staff
from companies.tenant_admin import TenantAdmin

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import Field
    from django.http import HttpRequest


@admin.register(Branch)
class BranchAdmin(TenantAdmin, ModelAdmin):
    """Where appointments happen."""

    actions = None
    empty_sentence = _("No branches yet. Add the places where appointments happen.")
    list_display = ["name", "company", "city", "time_zone", "is_active"]
    list_filter = ["company", "is_active"]
    search_fields = ["name", "city", "postal_code"]
    fieldsets = [
        (_("Branch"), {"classes": ["tab"], "fields": ["name", "is_active", "time_zone", "hours"]}),
        (_("Address"), {"classes": ["tab"], "fields": ["street", ("postal_code", "city"), "country"]}),
        ("Cal.com", {"classes": ["tab"], "fields": ["calcom_team_id"]}),
    ]


@admin.register(Staff)
class StaffAdmin(TenantAdmin, ModelAdmin):
    """Who performs services."""

    actions = None
    empty_sentence = _("Nobody works here yet. Add the people who perform your services.")
    list_display = ["shown_name", "company", "home_branch", "email", "phone", "is_bookable", "is_active"]
    list_select_related = ["home_branch"]
    list_filter = ["company", "home_branch", "is_bookable", "is_active"]
    search_fields = ["name", "email", "phone"]
    fields = ["name", ("email", "phone"), "home_branch", "color", ("is_bookable", "is_active")]

    @display(description=_("name"), ordering="name")
    def shown_name(self, staff: Staff) -> str:
        """The name behind a dot in the calendar's colour."""
        return format_html(
            '<span class="inline-flex items-center gap-2">'
            '<span class="inline-block rounded-full" style="width:.75rem;height:.75rem;background:{}"></span>{}</span>',
            staff.color,
            staff.name,
        )

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """A colour is picked, not spelt."""
        if db_field.name == "color":
            kwargs["widget"] = UnfoldAdminColorInputWidget()
        return super().formfield_for_dbfield(db_field, request, **kwargs)
