"""An appointment's history as people read it: what was, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from appointments.admin.answers import answered, location_name
from appointments.admin.badges import joined
from appointments.admin.record import Table
from appointments.admin.when import moment, zone_of
from appointments.models import Appointment, AppointmentChange, Attendee
from appointments.models.appointment import LocationType, Status
from companies.models import Branch

_HEADINGS = (_("when"), _("what"), _("who"), _("from"), _("details"))
_NAMES = {
    "status": _("status"),
    "starts_at": _("start"),
    "ends_at": _("end"),
    "title": _("title"),
    "location_type": _("location type"),
    "location": _("location"),
    "meeting_url": _("meeting URL"),
    "staff": _("staff member"),
    "service": _("service"),
    "branch": _("branch"),
    "recording": _("recording"),
    "attendees": _("attendees"),
}


def history_table(appointment: Appointment, *, with_secrets: bool) -> Table:
    """The changes, newest first. Links to recordings are shown only `with_secrets`."""
    changes = list(appointment.changes.select_related("actor"))
    writer = _Writer(appointment, changes, with_secrets=with_secrets)
    return Table(headings=_HEADINGS, rows=[writer.row(change) for change in changes])


class _Writer:
    """Puts the changes of one appointment into words."""

    def __init__(self, appointment: Appointment, changes: Iterable[AppointmentChange], *, with_secrets: bool) -> None:
        self.zone = zone_of(appointment)
        ids = {value for change in changes for value in change.details.get("branch", ()) if isinstance(value, int)}
        rows = Branch.objects.filter(company=appointment.company_id, pk__in=ids) if ids else Branch.objects.none()
        self.branches = dict(rows.values_list("pk", "name"))
        self.hidden = set() if with_secrets else {"recording"}
        self.words: dict[str, Callable[[Any], Any]] = {
            "status": lambda value: dict(Status.choices).get(value, value),
            "location_type": lambda value: dict(LocationType.choices).get(value, value),
            "location": lambda value: location_name(str(value)),
            "starts_at": self._moment,
            "ends_at": self._moment,
            "branch": lambda value: self.branches.get(value, value),
            "attendees": _attendees,
        }

    def row(self, change: AppointmentChange) -> list[Any]:
        """When, what, who, from where, and the details."""
        who = str(change.actor) if change.actor else change.actor_name
        return [
            moment(change.occurred_at, self.zone),
            change.get_action_display(),
            who or "–",
            change.get_side_display(),
            self._details(change),
        ]

    def _details(self, change: AppointmentChange) -> SafeString:
        lines = [format_html("{}: {}", _("reason"), change.reason)] if change.reason else []
        for name in (*_NAMES, "answers"):
            values = change.details.get(name)
            if name in self.hidden or not isinstance(values, list) or len(values) != 2:
                continue
            lines += _changed_answers(*values) if name == "answers" else [self._line(name, *values)]
        return joined(lines, mark_safe("<br>")) if lines else mark_safe("–")

    def _line(self, name: str, old: Any, new: Any) -> SafeString:
        return _arrow(_NAMES[name], self._word(name, old), self._word(name, new))

    def _word(self, name: str, value: Any) -> Any:
        if value in (None, "", [], {}):
            return ""
        return self.words.get(name, str)(value)

    def _moment(self, value: Any) -> str:
        instant: datetime | None = parse_datetime(str(value))
        return moment(instant, self.zone) if instant else str(value)


def _arrow(name: Any, old: Any, new: Any) -> SafeString:
    return format_html("{}: {} → {}", name, old or "–", new or "–")


def _changed_answers(old: Any, new: Any) -> list[SafeString]:
    before, after = dict(answered(old)), dict(answered(new))
    questions = [*before, *(question for question in after if question not in before)]
    return [
        _arrow(question, before.get(question), after.get(question))
        for question in questions
        if before.get(question) != after.get(question)
    ]


def _attendees(entries: Any) -> str:
    return ", ".join(_attendee(*entry) for entry in entries if isinstance(entry, list) and len(entry) == 3)


def _attendee(name: str, state: str, absent: bool) -> str:
    if state == Attendee.State.GONE:
        return f"{name} ({Attendee.State.GONE.label})"
    return f"{name} ({_('did not come')})" if absent else name
