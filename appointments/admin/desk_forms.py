"""The dialogs on an appointment's page. Each carries the version that was read, so that a stale one is noticed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanWidget,
)

from appointments.admin import columns
from appointments.admin.inputs import ClockForm, text_field
from appointments.admin.when import moment, zone_of
from appointments.errors import NotBookable
from appointments.models import Appointment, Attendee
from appointments.wall_time import instant

if TYPE_CHECKING:
    from django.http import HttpRequest

    class Dialog(forms.Form):
        request: HttpRequest

        def __init__(self, request: HttpRequest, object_id: int | str, *args: Any, **kwargs: Any) -> None: ...

else:
    Dialog = BaseDialogForm


ONE, FOLLOWING, SERIES = "one", "following", "series"


class DeskForm(Dialog):
    """A dialog about one appointment; who opens it may change that, which was checked before."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, object_id: int | str, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        self.row = Appointment.objects.select_related("company", "branch", "customer").get(pk=object_id)
        self.initial["version"] = request.GET.get("version", self.row.version)
        self.settle()

    def settle(self) -> None:
        """Fill in what depends on the appointment."""

    def render_before_template(self) -> str:
        """Which appointment it is about, and why it was refused."""
        context = {
            "who": columns.customer_name(self.row),
            "what": columns.service_name(self.row),
            "when": moment(self.row.starts_at, zone_of(self.row)),
            "errors": [*self.non_field_errors(), *self.errors.get("version", [])] if self.is_bound else [],
        }
        return render_to_string("admin/dialog_top.html", context)

    @cached_property
    def active(self) -> list[Attendee]:
        """Who attends."""
        return [one for one in self.row.attendees.all() if one.state == Attendee.State.ACTIVE]


class MoveForm(ClockForm, DeskForm):
    """Another time; a time on the clock is meant in the branch's zone. A series made here moves from here on."""

    following = forms.BooleanField(
        label=capfirst(_("this one and all following ones of the series")), required=False, widget=UnfoldBooleanWidget
    )
    reason = text_field(_("reason"), required=False, rows=2)
    field_order = ("day", "clock", "following", "reason")

    @property
    def zone(self) -> str:
        """That of the branch."""
        return str(zone_of(self.row))

    def settle(self) -> None:
        """Begin with the present time."""
        if self.row.series_id is None:
            del self.fields["following"]
        local = self.row.starts_at.astimezone(zone_of(self.row))
        self.initial["day"], self.initial["clock"] = local.date(), local.time()
        self.fields["clock"].help_text = _("As clocks in %(zone)s show it.") % {"zone": self.zone}
        if not self.is_bound:
            self.offer_both(local.replace(tzinfo=None), self.zone)

    def clean(self) -> dict[str, Any]:
        """The instant that is meant, as `starts_at`."""
        cleaned = super().clean() or self.cleaned_data
        if "day" in cleaned and "clock" in cleaned:
            self._mean(cleaned, datetime.combine(cleaned["day"], cleaned["clock"]))
        return cleaned

    def _mean(self, cleaned: dict[str, Any], wall: datetime) -> None:
        is_second = self.ask_which([wall], self.zone)
        if "which" in self.errors:
            return
        try:
            cleaned["starts_at"] = instant(wall, self.zone, is_second=is_second)
        except NotBookable as error:
            self.add_error("clock", str(error))


class CancelForm(DeskForm):
    """Why, and how much: a seat, the appointment, or more of a series that was made here."""

    reason = text_field(_("reason"), help_text=_("The customer reads it."))
    seat = forms.ModelChoiceField(
        label=capfirst(_("who does not come")),
        queryset=Attendee.objects.none(),
        required=False,
        empty_label=_("all: the whole appointment"),
        widget=UnfoldAdminSelectWidget,
    )
    extent = forms.ChoiceField(
        label=capfirst(_("how much of the series")),
        choices=[
            (ONE, _("only this one")),
            (FOLLOWING, _("this one and all following ones")),
            (SERIES, _("the whole series: all that are still to come")),
        ],
        initial=ONE,
        widget=UnfoldAdminRadioSelectWidget,
    )

    def settle(self) -> None:
        """A seat can be given up where there are several."""
        if self.row.series_id is None:
            del self.fields["extent"]
        if self.row.is_seated and len(self.active) > 1:
            seats: Any = self.fields["seat"]
            seats.queryset = self.row.attendees.filter(state=Attendee.State.ACTIVE)
        else:
            del self.fields["seat"]

    def clean(self) -> dict[str, Any]:
        """A seat is one of this appointment."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("seat") and cleaned.get("extent", ONE) != ONE:
            self.add_error("extent", _("One seat can be given up in this appointment only."))
        return cleaned


class DeclineForm(DeskForm):
    """Why, if somebody wants to say."""

    reason = text_field(_("reason"), required=False)


class AbsenceForm(DeskForm):
    """Who did not come. Unmarking somebody says that they did after all."""

    absent = forms.MultipleChoiceField(
        label=capfirst(_("did not come")), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    def settle(self) -> None:
        """All are marked who are already; if nobody is, then all."""
        field: Any = self.fields["absent"]
        field.choices = [(str(one.pk), str(one)) for one in self.active]
        marked = [str(one.pk) for one in self.active if one.no_show]
        self.initial["absent"] = marked or [str(one.pk) for one in self.active]

    def clean(self) -> dict[str, Any]:
        """What changes, as `absences`: attendee id to True or False."""
        cleaned = super().clean() or self.cleaned_data
        chosen = set(cleaned.get("absent", ()))
        changed = {one.pk: str(one.pk) in chosen for one in self.active if one.no_show != (str(one.pk) in chosen)}
        if not changed:
            self.add_error("absent", _("Choose who did not come."))
        cleaned["absences"] = changed
        return cleaned
