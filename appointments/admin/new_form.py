"""The form for a new appointment of one company."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from appointments.admin.inputs import ClockForm, clock_field, text_field
from appointments.backends import AttendeeSnapshot
from appointments.booking import weekly
from appointments.errors import NotBookable
from appointments.models import Appointment, Customer, Service
from companies.models import Branch, Staff

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

    from companies.models import Company

MOST_REPEATS = 52


def _choice(label: Any, *, required: bool, empty: Any = None, help_text: Any = "") -> forms.ModelChoiceField[Any]:
    return forms.ModelChoiceField(
        label=capfirst(label),
        queryset=None,
        required=required,
        empty_label=empty,
        help_text=help_text,
        widget=UnfoldAdminSelectWidget,
    )


def _text(label: Any, *, most: int, help_text: Any = "") -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    return forms.CharField(label=capfirst(label), required=False, max_length=most, help_text=help_text, widget=widget)


def _number(label: Any, *, least: int, most: int, initial: int | None = None, help_text: Any = "") -> Any:
    return forms.IntegerField(
        label=capfirst(label),
        required=False,
        min_value=least,
        max_value=most,
        initial=initial,
        help_text=help_text,
        widget=UnfoldAdminIntegerFieldWidget,
    )


class NewAppointmentForm(ClockForm):
    """What book() needs. The rules of booking are its own; here only the time on the clock becomes an instant."""

    service = _choice(_("service"), required=True, empty=_("choose"))
    branch = _choice(_("branch"), required=False, empty=_("where the staff member works"))
    staff = _choice(_("staff member"), required=False, empty=_("whoever Cal.com chooses"))
    clock = clock_field(_("As clocks in the branch show it."))
    length_min = _number(_("length (minutes)"), least=1, most=1440, help_text=_("Empty: as long as the service takes."))
    customer: Any = forms.ModelChoiceField(label=capfirst(_("customer")), queryset=None, required=False)
    name = _text(_("name"), most=255)
    email = forms.EmailField(
        label=capfirst(_("e-mail address")),
        required=False,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
    )
    phone = _text(_("phone"), most=50)
    guests = _text(_("guests"), most=2000, help_text=_("E-mail addresses of others who come, with commas between."))
    notes = text_field(_("notes"), required=False)
    count = _number(_("number of appointments"), least=1, most=MOST_REPEATS, initial=1)
    every_weeks = _number(_("weeks between them"), least=1, most=MOST_REPEATS, initial=1)

    groups = (
        (_("What and when"), ("service", "staff", "branch", "day", "clock", "which", "length_min")),
        (_("A customer you know"), ("customer",)),
        (_("Or a new one"), ("name", "email", "phone")),
        (_("More"), ("notes", "guests")),
        (_("A series of weeks"), ("count", "every_weeks")),
    )

    def __init__(self, *args: Any, company: Company, site: AdminSite, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        fields: dict[str, Any] = self.fields
        fields["service"].queryset = Service.objects.for_company(company).filter(is_active=True)
        fields["branch"].queryset = Branch.objects.for_company(company).filter(is_active=True)
        fields["staff"].queryset = Staff.objects.for_company(company).filter(is_active=True, is_bookable=True)
        customer = fields["customer"]
        customer.queryset = Customer.objects.for_company(company)
        customer.widget = AutocompleteSelect(Appointment._meta.get_field("customer"), site)
        customer.widget.choices = customer.choices

    @property
    def shown(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields in their groups."""
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in self.groups]

    def clean(self) -> dict[str, Any]:
        """The branch, and the `dates` that are meant there."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["branch"] = cleaned.get("branch") or self._usual_branch(cleaned.get("staff"))
        if "day" in cleaned and "clock" in cleaned:
            self._mean(cleaned)
        if cleaned.get("customer") and any(cleaned.get(name) for name in ("name", "email", "phone")):
            self.add_error("customer", _("Either a customer you know, or a new one."))
        return cleaned

    @property
    def details(self) -> dict[str, Any]:
        """The cleaned data by the names that book() has for them."""
        told = self.cleaned_data
        people = AttendeeSnapshot(name=told["name"], email=told["email"], phone=told["phone"])
        return {
            "service": told["service"],
            "branch": told["branch"],
            "staff": told["staff"],
            "length_min": told["length_min"],
            "notes": told["notes"],
            "guests": [one.strip() for one in told["guests"].split(",") if one.strip()],
            **({"customer": told["customer"]} if told["customer"] else {"attendees": [people]}),
        }

    def _usual_branch(self, staff: Staff | None) -> Branch | None:
        if staff is not None and staff.home_branch is not None:
            return staff.home_branch
        branches = list(Branch.objects.for_company(self.company).filter(is_active=True)[:2])
        return branches[0] if len(branches) == 1 else None

    def _mean(self, told: dict[str, Any]) -> None:
        zone = str((told["branch"] or self.company).time_zone)
        first = datetime.combine(told["day"], told["clock"])
        count, every_weeks = told.get("count") or 1, told.get("every_weeks") or 1
        walls = (first + timedelta(weeks=every_weeks * index) for index in range(count))
        is_second = self.ask_which(walls, zone)
        if "which" in self.errors:
            return
        try:
            told["dates"] = weekly(first, count=count, zone=zone, every_weeks=every_weeks, is_second=is_second)
        except NotBookable as error:
            self.add_error("clock", str(error))
