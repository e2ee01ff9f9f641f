"""Both sides have changed an appointment: what each says, beside each other, and which of them counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from appointments import booking, standing
from appointments.admin.columns import customer_name, service_name
from appointments.admin.desk import actor_of
from appointments.admin.record import Table
from appointments.admin.trouble import change_words
from appointments.admin.when import moment, zone_of
from appointments.errors import BookingError
from appointments.models import Appointment, Push
from appointments.models.appointment import Status
from appointments.wishes import State, state_of, wish_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from appointments.admin.lists import PortalAdmin

    Base = PortalAdmin
else:
    Base = object

_Row = tuple[Any, Any, Any, Any]


class DecisionForm(forms.Form):
    """Whose version counts, and which version of the appointment was looked at."""

    side = forms.ChoiceField(choices=[("ours", ""), ("theirs", "")])
    version = forms.IntegerField(min_value=0)


class ConflictPage(Base):
    """Mixin in front of the appointment's page."""

    @action(
        description=_("Compare and decide"),
        permissions=["desk"],
        icon="compare_arrows",
        variant=ActionVariant.PRIMARY,
        url_path="conflict",
    )
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show both versions; a posted form decides."""
        row: Appointment = self.permitted(request, object_id, "desk")
        page = reverse("admin:appointments_appointment_change", args=[row.pk])
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(request.path if not _decided(request, row, form.cleaned_data) else page)
        push = next((one for one in standing.open_pushes(row.pk) if one.state == Push.State.CONFLICT), None)
        if push is None:
            messages.info(request, _("There is no conflict to decide."))
            return HttpResponseRedirect(page)
        push.appointment = row
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": _("Both sides have changed it"),
            "who": customer_name(row),
            "what": service_name(row),
            "change": change_words(push),
            "since": moment(push.created_at, zone_of(row)),
            "by": push.actor or "",
            "table": comparison(row, push),
            "can_keep_ours": not _is_confirmed_there(push),
            "page": page,
        }
        return TemplateResponse(request, "admin/conflict.html", context)


def comparison(appointment: Appointment, push: Push) -> Table:
    """Field by field: what was, what we have, and what the other side has. What differs stands out."""
    rows = [
        [capfirst(str(name)), was or "–", *_marked(ours or "–", theirs or "–")]
        for name, was, ours, theirs in _rows(appointment, push)
        if was or ours or theirs
    ]
    if changed := _when_changed(appointment, push):
        rows.append([capfirst(_("changed")), "", *changed])
    return Table([_("field"), _("before"), _("here"), _("at Cal.com")], rows)


def _is_confirmed_there(push: Push) -> bool:
    """A request that was declined here and confirmed there meanwhile: then it cannot be declined there any more."""
    is_confirmed = "starts_at" in push.told and state_of(push.told).status == Status.CONFIRMED
    return is_confirmed and push.operation == Push.Operation.DECLINE


def _decided(request: HttpRequest, row: Appointment, chosen: dict[str, Any]) -> bool:
    is_ours = chosen["side"] == "ours"
    use_case = booking.keep_ours if is_ours else booking.take_theirs
    try:
        use_case(row, actor=actor_of(request), version=chosen["version"])
    except BookingError as error:
        messages.error(request, str(error))
        return False
    messages.success(
        request, _("Ours counts, and is being sent.") if is_ours else _("What Cal.com says was taken over.")
    )
    return True


def _rows(appointment: Appointment, push: Push) -> Iterator[_Row]:
    if "starts_at" in push.told:
        return _of_states(appointment, push, state_of(push.told))
    return _of_absences(appointment, push)


def _of_states(row: Appointment, push: Push, theirs: State) -> Iterator[_Row]:
    zone, was = zone_of(row), wish_of(push).was
    yield _("start"), was and moment(was.starts_at, zone), moment(row.starts_at, zone), moment(theirs.starts_at, zone)
    yield _("end"), was and moment(was.ends_at, zone), moment(row.ends_at, zone), moment(theirs.ends_at, zone)
    yield _("status"), was and Status(was.status).label, Status(row.told_status).label, Status(theirs.status).label
    for name, column in ((_("cancellation reason"), "cancellation_reason"), (_("rejection reason"), "rejected_reason")):
        yield name, getattr(was, column, ""), getattr(row, column), getattr(theirs, column)


def _when_changed(row: Appointment, push: Push) -> list[str]:
    """When we wanted it, and when it was changed there; nothing where that is not known."""
    as_of = state_of(push.told).as_of if "starts_at" in push.told else None
    return [moment(push.created_at, zone_of(row)), moment(as_of, zone_of(row))] if as_of else []


def _of_absences(row: Appointment, push: Push) -> Iterator[_Row]:
    told = push.told.get("absences", {})
    for attendee in row.attendees.all():
        if attendee.contact in told:
            yield attendee, "", _presence(attendee.no_show), _presence(bool(told[attendee.contact]))


def _presence(is_absent: bool) -> Any:
    return _("did not come") if is_absent else _("came")


def _marked(ours: Any, theirs: Any) -> list[Any]:
    if str(ours) == str(theirs):
        return [ours, theirs]
    return [format_html('<strong class="sk-amber">{}</strong>', value) for value in (ours, theirs)]
