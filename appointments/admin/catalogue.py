"""Customers and services in the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import BooleanRadioFilter

from appointments.admin import columns
from appointments.admin.appointment import LARGE_COLUMNS
from appointments.admin.badges import page_link
from appointments.admin.lists import PortalAdmin
from appointments.admin.money import price_text
from appointments.customers import normal_email
from appointments.models import Appointment, Customer, Service
from appointments.search import customers_matching
from companies.tenant_admin import TenantInline, TenantRelatedFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    CustomerModelForm = forms.ModelForm[Customer]
else:
    CustomerModelForm = forms.ModelForm


class CustomerForm(CustomerModelForm):
    """A customer's data."""

    class Meta:
        model = Customer
        fields = ["name", "email", "phone", "language", "notes"]

    def clean_email(self) -> str:
        """Addresses are kept in lower case: that is how customers are found again."""
        return normal_email(self.cleaned_data["email"])


class CustomerAppointments(TenantInline, TabularInline):
    """A customer's appointments, for reading."""

    model = Appointment
    fields = ("start_column", "service_column", "staff", "status_column")
    readonly_fields = fields
    ordering = ("-starts_at", "-pk")
    tab = True
    per_page = 10
    extra = 0
    max_num = 0
    can_delete = False
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the large columns."""
        rows = super().get_queryset(request).select_related("company", "branch", "staff", "service", "customer")
        return rows.defer(*LARGE_COLUMNS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False

    @admin.display(description=_("start"))
    def start_column(self, obj: Appointment) -> SafeString:
        """When."""
        address = reverse("admin:appointments_appointment_change", args=[obj.pk])
        return page_link(address, columns.start_cell(obj))

    @admin.display(description=_("service"))
    def service_column(self, obj: Appointment) -> str:
        """What was booked."""
        return columns.service_name(obj)

    @admin.display(description=_("status"))
    def status_column(self, obj: Appointment) -> SafeString:
        """The status."""
        return columns.status_badge(obj)


@admin.register(Customer)
class CustomerAdmin(PortalAdmin):
    """Who books."""

    form = CustomerForm
    list_display = ("name", "email", "phone", "created_at", "company")
    list_filter = (("company", TenantRelatedFilter),)
    sortable_by = ("name",)
    search_fields = ("name", "email", "phone")
    search_help_text = _("Name, e-mail or phone")
    ordering = ("sort_name", "pk")
    inlines = (CustomerAppointments,)
    actions = None
    empty_sentence = _("No customers yet. They appear here with their first appointment.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By parts of the name, the e-mail address or the phone number, however it is typed."""
        del request
        return customers_matching(queryset, search_term), False


@admin.register(Service)
class ServiceAdmin(PortalAdmin):
    """What can be booked."""

    list_display = (
        "name",
        "duration_column",
        "buffers_column",
        "price_column",
        "requires_confirmation",
        "is_active",
        "company",
    )
    list_filter = (("company", TenantRelatedFilter), ("is_active", BooleanRadioFilter))
    search_fields = ("name", "description")
    autocomplete_fields = ("staff",)
    actions = None
    empty_sentence = _("No services yet. Add what your customers can book.")
    fieldsets = (
        (None, {"fields": ("name", "description", "is_active")}),
        (_("Time"), {"fields": ("duration_min", ("buffer_before_min", "buffer_after_min"), "notice_min")}),
        (_("Price"), {"fields": (("price", "currency"),)}),
        (_("Booking"), {"fields": ("requires_confirmation", "staff")}),
    )

    @admin.display(description=_("duration"), ordering="duration_min")
    def duration_column(self, obj: Service) -> Any:
        """How long it takes."""
        return _("%(minutes)d min") % {"minutes": obj.duration_min}

    @admin.display(description=_("buffers"))
    def buffers_column(self, obj: Service) -> Any:
        """Time kept free before and after."""
        if not (obj.buffer_before_min or obj.buffer_after_min):
            return None
        minutes = {"before": obj.buffer_before_min, "after": obj.buffer_after_min}
        return _("%(before)d min before, %(after)d min after") % minutes

    @admin.display(description=_("price"), ordering="price")
    def price_column(self, obj: Service) -> str | None:
        """What it costs."""
        return price_text(obj.price, obj.currency) or None
