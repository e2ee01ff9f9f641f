"""Hosts: which staff member a Cal.com user is, who says so, and what it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from appointments.admin.badges import badge, joined
from appointments.admin.lists import PortalAdmin
from appointments.admin.when import moment
from calcom.admin.words import person
from calcom.models import HostMapping, HostMappingAudit
from calcom.sync import host_changes
from companies.models import Staff
from companies.tenant_admin import TenantInline, TenantRelatedFilter

if TYPE_CHECKING:
    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

State = HostMapping.State

_COLOURS = {State.CONFIRMED: "green", State.PROPOSED: "amber", State.IGNORED: "grey"}
_NAMES = {
    "staff_id": _("staff member"),
    "state": _("state"),
    "source": _("found"),
    "confidence": _("confidence"),
    "calcom_name": _("name at Cal.com"),
    "calcom_email": _("e-mail address at Cal.com"),
    "calcom_username": _("user name at Cal.com"),
}
_WORDS = {"state": dict(State.choices), "source": dict(HostMapping.Source.choices)}


class AuditInline(TenantInline, TabularInline):
    """What has become of this host, newest first. For reading."""

    model = HostMappingAudit
    fields = ("when_column", "action", "details_column", "reason", "who_column")
    readonly_fields = fields
    per_page = 20
    extra = 0
    max_num = 0
    can_delete = False
    hide_title = True
    tab = True

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Read the staff members' names once, not for each row."""
        rows = Staff.objects.filter(company=obj.company_id) if obj else Staff.objects.none()
        self._staff = dict(rows.values_list("pk", "name"))
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With who did it."""
        return super().get_queryset(request).select_related("changed_by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Written by what happens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    @admin.display(description=_("when"))
    def when_column(self, obj: HostMappingAudit) -> str:
        """When."""
        return moment(obj.changed_at)

    @admin.display(description=_("who"))
    def who_column(self, obj: HostMappingAudit) -> Any:
        """A person, or the sync."""
        return obj.changed_by or _("by itself")

    @admin.display(description=_("details"))
    def details_column(self, obj: HostMappingAudit) -> SafeString:
        """Before → after, a line for each field."""
        fields = [name for name in _NAMES if name in obj.before or name in obj.after]
        lines = [
            format_html("{}: {} → {}", _NAMES[name], self._word(name, obj.before), self._word(name, obj.after))
            for name in fields
        ]
        return joined(lines, mark_safe("<br>"))

    def _word(self, name: str, facts: dict[str, Any]) -> Any:
        value = facts.get(name)
        if value in (None, ""):
            return "–"
        return self._staff.get(value, value) if name == "staff_id" else _WORDS.get(name, {}).get(value, value)


@admin.register(HostMapping)
class HostMappingAdmin(PortalAdmin):
    """Which staff member a Cal.com user is."""

    list_display = ("calcom_name", "calcom_user_id", "calcom_email", "state_column", "staff", "seen_column", "company")
    list_display_links = ("calcom_name", "calcom_user_id")
    list_filter = (
        ("company", TenantRelatedFilter),
        ("state", ChoicesDropdownFilter),
        ("staff", TenantRelatedFilter),
    )
    list_select_related = ("staff",)
    search_fields = ("calcom_name", "calcom_email", "staff__name")
    fields = ("calcom_user_id", ("calcom_name", "calcom_email"), "staff")
    inlines = (AuditInline,)
    actions = ("confirm_guesses", "not_ours")
    actions_detail = ("confirm_guess", "not_one_of_us")
    empty_sentence = _(
        "No hosts yet. They come by themselves once the company has an API key; or add the Cal.com users of your "
        "staff, so that bookings find them."
    )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one, so that each removal is written down with its host."""
        return {name: entry for name, entry in super().get_actions(request).items() if name != "delete_selected"}

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new host has no history."""
        return self.inlines if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """How it was found, below what can be changed."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None else [*fieldsets, ("Cal.com", {"fields": ["state_fact", "seen_column"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The id at Cal.com is what the row is about."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "calcom_user_id", "state_fact", "seen_column"]

    def save_model(self, request: HttpRequest, obj: HostMapping, form: Any, change: bool) -> None:
        """Whoever is named by a person is confirmed; the change is written down."""
        with host_changes.entered(obj, by=person(request)):
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: HostMapping) -> None:
        """Written down too."""
        host_changes.remove(obj, by=person(request))

    def has_guess_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the row, while a guess waits."""
        row = self._row(request, obj)
        return row is not None and row.state == State.PROPOSED and row.staff_id is not None

    def has_waiting_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the row, until it is said that it is nobody."""
        row = self._row(request, obj)
        return row is not None and row.state != State.IGNORED

    def _row(self, request: HttpRequest, obj: Any) -> HostMapping | None:
        row = self.get_object(request, unquote(str(obj))) if isinstance(obj, str | int) else obj
        return row if row is not None and self.is_allowed(request, "change", row) else None

    @action(description=_("Confirm the guess"), permissions=["change"], icon="check")
    def confirm_guesses(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Where there is a guess."""
        hosts = list(queryset.filter(state=State.PROPOSED, staff__isnull=False).select_related("staff"))
        for host in hosts:
            host_changes.assign(host, host.staff, by=person(request))
        if hosts:
            text = ngettext("%(count)d host was confirmed.", "%(count)d hosts were confirmed.", len(hosts))
            messages.success(request, text % {"count": len(hosts)})
        if queryset.filter(state=State.PROPOSED, staff__isnull=True).exists():
            messages.warning(request, _("For some there is no guess: open the host and choose the staff member."))

    @action(description=_("Not one of us"), permissions=["change"], icon="person_off")
    def not_ours(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Users of the account who are none of the staff."""
        hosts = list(queryset.exclude(state=State.IGNORED))
        for host in hosts:
            host_changes.ignore(host, by=person(request))
        text = ngettext("%(count)d host was put aside.", "%(count)d hosts were put aside.", len(hosts))
        messages.success(request, text % {"count": len(hosts)})

    @action(
        description=_("Confirm the guess"),
        permissions=["guess"],
        icon="check",
        url_path="confirm",
        dialog={
            "title": _("Is it this staff member?"),
            "description": _("Bookings with this host are then this staff member's."),
            "form_class": None,
            "form_submit_text": _("Confirm"),
        },
    )
    def confirm_guess(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """The guess is right."""
        host = self.permitted(request, object_id, "change")
        host_changes.assign(host, host.staff, by=person(request))
        messages.success(request, _("The host was confirmed."))
        return self.back_to(host)

    @action(
        description=_("Not one of us"),
        permissions=["waiting"],
        icon="person_off",
        url_path="ignore",
        dialog={
            "title": _("Is this none of your staff?"),
            "description": _("You are not asked again. Bookings with this host have no staff member."),
            "form_class": None,
            "form_submit_text": _("Not one of us"),
        },
    )
    def not_one_of_us(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """A user of the account who is none of the staff."""
        host = self.permitted(request, object_id, "change")
        host_changes.ignore(host, by=person(request))
        messages.success(request, _("The host was put aside."))
        return self.back_to(host)

    @admin.display(description=_("state"))
    def state_column(self, obj: HostMapping) -> SafeString:
        """How sure it is, and why."""
        return _state(obj)

    @admin.display(description=_("state"))
    def state_fact(self, obj: HostMapping) -> SafeString:
        """How sure it is, and why, in words."""
        return joined([_state(obj), format_html("{}", _certainty(obj))])

    @admin.display(description=_("last seen at Cal.com"), ordering="last_seen_at", empty_value="–")
    def seen_column(self, obj: HostMapping) -> str | None:
        """When Cal.com last named this user."""
        return moment(obj.last_seen_at) if obj.last_seen_at else None


def _certainty(host: HostMapping) -> Any:
    if host.state == State.PROPOSED and host.staff_id is None:
        return _("no guess")
    return f"{host.get_source_display()}, {host.confidence} %"


def _state(host: HostMapping) -> SafeString:
    return badge(host.get_state_display(), _COLOURS[State(host.state)], title=host.get_reason_display())
