"""Absences in the portal: holidays, sick leave, days on which a branch is closed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from appointments.admin.inputs import ClockInput, DayInput
from appointments.admin.lists import PortalAdmin
from appointments.admin.when import moment
from appointments.errors import NotBookable
from appointments.models import Absence
from appointments.wall_time import instant, midnight
from companies.tenant_admin import TenantRelatedFilter

if TYPE_CHECKING:
    from datetime import date, tzinfo

    AbsenceModelForm = forms.ModelForm[Absence]
else:
    AbsenceModelForm = forms.ModelForm


class AbsenceForm(AbsenceModelForm):
    """Days and, where it is not whole days, times, as clocks show them where the person works."""

    first_day = forms.DateField(label=capfirst(_("first day")), widget=DayInput())
    first_clock = forms.TimeField(
        label=capfirst(_("from")), widget=ClockInput(), required=False, help_text=_("Empty: from the beginning.")
    )
    last_day = forms.DateField(
        label=capfirst(_("last day")), widget=DayInput(), required=False, help_text=_("Empty: the same day.")
    )
    last_clock = forms.TimeField(
        label=capfirst(_("until")), widget=ClockInput(), required=False, help_text=_("Empty: to the end of the day.")
    )

    class Meta:
        model = Absence
        fields = ["staff", "branch", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.is_bound:
            self.initial.update(_as_shown(self.instance))

    def clean(self) -> dict[str, Any]:
        """The instants that are meant."""
        told = super().clean() or self.cleaned_data
        if told.get("first_day"):
            self._set_times(told, ZoneInfo(str(self._zone(told))))
        return told

    def _set_times(self, told: dict[str, Any], zone: ZoneInfo) -> None:
        last_day = told.get("last_day") or told["first_day"]
        try:
            self.instance.starts_at = _instant(told["first_day"], told.get("first_clock"), zone, is_end=False)
            after = timedelta() if told.get("last_clock") else timedelta(days=1)
            self.instance.ends_at = _instant(last_day + after, told.get("last_clock"), zone, is_end=True)
        except (NotBookable, OverflowError) as error:
            self.add_error("first_day", str(error))
            return
        if self.instance.ends_at <= self.instance.starts_at:
            self.add_error("last_day", _("It ends before it begins."))

    def _zone(self, told: dict[str, Any]) -> tzinfo:
        staff, company = told.get("staff"), told.get("company")
        branch = told.get("branch") or (staff.home_branch if staff else None)
        place: Any = branch or (staff.company if staff else company)
        zone: tzinfo = place.time_zone if place is not None else ZoneInfo("UTC")
        return zone


@admin.register(Absence)
class AbsenceAdmin(PortalAdmin):
    """Who is away, and when."""

    form = AbsenceForm
    list_display = ("who_column", "start_column", "end_column", "note", "company")
    list_display_links = ("who_column",)
    list_select_related = ("staff__home_branch", "branch", "company")
    list_filter = (
        ("company", TenantRelatedFilter),
        ("staff", TenantRelatedFilter),
        ("branch", TenantRelatedFilter),
    )
    sortable_by = ()
    search_fields = ("note", "staff__name", "branch__name")
    fields = ("staff", "branch", ("first_day", "first_clock"), ("last_day", "last_clock"), "note")
    actions = None
    empty_sentence = _("No absences yet. While somebody is away, or a branch is closed, no time is offered.")

    @display(description=_("who"))
    def who_column(self, obj: Absence) -> str:
        """The staff member or the branch."""
        return str(obj)

    @display(description=_("start"))
    def start_column(self, obj: Absence) -> str:
        """When it begins, on the clocks there."""
        return moment(obj.starts_at, _zone_of(obj))

    @display(description=_("end"))
    def end_column(self, obj: Absence) -> str:
        """When it ends."""
        return moment(obj.ends_at, _zone_of(obj))


def _instant(day: date, clock: time | None, zone: ZoneInfo, *, is_end: bool) -> datetime:
    """Where clocks show a time twice, the longer absence is meant."""
    if clock is None:
        return midnight(day, zone)
    return instant(datetime.combine(day, clock), str(zone), is_second=is_end)


def _zone_of(absence: Absence) -> ZoneInfo:
    branch = absence.branch or (absence.staff.home_branch if absence.staff else None)
    return ZoneInfo(str((branch or absence.company).time_zone))


def _as_shown(absence: Absence) -> dict[str, Any]:
    """The form's fields; midnight is no time of day, but the whole day."""
    zone = _zone_of(absence)
    first, last = absence.starts_at.astimezone(zone), absence.ends_at.astimezone(zone)
    is_whole = last == midnight(last.date(), zone)
    return {
        "first_day": first.date(),
        "first_clock": None if first == midnight(first.date(), zone) else first.time(),
        "last_day": last.date() - timedelta(days=1) if is_whole else last.date(),
        "last_clock": None if is_whole else last.time(),
    }
