"""Incidents in words: what is the matter, what to do, where to look. In the language that is active."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments.admin.when import moment
from companies.alerts import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from companies.models import Incident

Facts = dict[str, Any]

_TO_DO = {
    Kind.DELIVERIES_LATE: gettext_lazy("Is the worker running, and is Redis up? What waits is kept, nothing is lost."),
    Kind.NEEDS_STAFF: gettext_lazy("The list says for each what is the matter, and the way out."),
    Kind.SIGNATURE: gettext_lazy(
        "Compare the webhook secret at Cal.com with the company's. What was turned away does not come again: the next "
        "reconciliation reads these bookings."
    ),
    Kind.BREAKER_OPEN: gettext_lazy(
        "Changes are kept and sent when Cal.com answers again. Is it down, or can this server not reach it?"
    ),
    Kind.KEY_REFUSED: gettext_lazy("Enter a valid API key at the company: what waits is sent then by itself."),
    Kind.ERROR_RATE: gettext_lazy("Look at the failed deliveries and at the log."),
    Kind.WORKER_SILENT: gettext_lazy(
        "Start worker and beat, and see whether Redis is up. /readyz says what is missing."
    ),
    Kind.PUSHER_SILENT: gettext_lazy("Start a worker that serves the queue “pushes”."),
    Kind.TEST: gettext_lazy("Nothing is the matter. Incidents are told in the same way."),
}
_LISTS: dict[str, tuple[str, dict[str, str]]] = {
    Kind.DELIVERIES_LATE: ("webhooks_webhookevent", {"state__exact": "pending"}),
    Kind.NEEDS_STAFF: ("appointments_appointment", {"attention": "decide"}),
    Kind.ERROR_RATE: ("webhooks_webhookevent", {"state__exact": "failed"}),
    Kind.TEST: ("companies_incident", {}),
}
_OF_THE_COMPANY = frozenset({Kind.SIGNATURE, Kind.KEY_REFUSED})


def name_of(incident: Incident) -> str:
    """Company and kind in short: a subject."""
    kind = str(Kind(incident.kind).label)
    return f"{incident.company}: {kind}" if incident.company else kind


def what(incident: Incident) -> str:
    """What is, or was, the matter, with its numbers."""
    return _WHAT[Kind(incident.kind)](incident.facts)


def to_do(incident: Incident) -> str:
    """The way out."""
    return str(_TO_DO[Kind(incident.kind)])


def link(incident: Incident) -> str:
    """The page of the portal that shows it, with the server's address."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{page(incident)}"


def page(incident: Incident) -> str:
    """The page of the portal that shows it."""
    if incident.kind in _OF_THE_COMPANY and incident.company_id:
        return reverse("admin:companies_company_change", args=[incident.company_id])
    if incident.kind not in _LISTS:
        return reverse("admin:index")
    name, narrowed = _LISTS[Kind(incident.kind)]
    address = reverse(f"admin:{name}_changelist")
    return f"{address}?{urlencode(narrowed)}" if narrowed else address


def when(instant: datetime, incident: Incident) -> str:
    """A moment by the company's clocks."""
    return moment(instant, ZoneInfo(str(incident.company.time_zone if incident.company else settings.TIME_ZONE)))


def _deliveries_late(facts: Facts) -> str:
    return _("The oldest delivery has been waiting for %(time)s.") % {"time": _span(facts["seconds"])}


def _needs_staff(facts: Facts) -> str:
    count = facts["count"]
    words = ngettext("%(n)d appointment waits for a decision.", "%(n)d appointments wait for a decision.", count)
    return words % {"n": count}


def _signature(facts: Facts) -> str:
    count = facts["count"]
    words = ngettext(
        "%(n)d delivery was turned away: its signature does not fit, or it is too large.",
        "%(n)d deliveries were turned away: their signatures do not fit, or they are too large.",
        count,
    )
    return words % {"n": count}


def _breaker_open(_facts: Facts) -> str:
    return _("Cal.com failed several times in a row, so it is not asked, or only tried now and then.")


def _key_refused(facts: Facts) -> str:
    if facts["unreadable"]:
        return _("The API key cannot be decrypted: FIELD_ENCRYPTION_KEYS lacks the key that it was stored under.")
    return _("Cal.com refuses the API key.")


def _error_rate(facts: Facts) -> str:
    sentences = {
        "calls": _("%(failed)d of %(all)d calls to Cal.com failed within a quarter of an hour."),
        "deliveries": _("%(failed)d of %(all)d deliveries of a quarter of an hour could not be processed."),
    }
    return " ".join(sentence % facts[name] for name, sentence in sentences.items() if name in facts)


def _worker_silent(facts: Facts) -> str:
    if not facts["redis"]:
        return _("Redis does not answer: no task is run, and nobody can tell whether worker and beat live.")
    if facts["seconds"] is None:
        return _("No task of beat's has run for ten minutes or more.")
    return _("The last task of beat's ran %(time)s ago.") % {"time": _span(facts["seconds"])}


def _pusher_silent(facts: Facts) -> str:
    return _("Changes have been due for %(time)s, and nobody sends them.") % {"time": _span(facts["seconds"])}


def _test(_facts: Facts) -> str:
    return _("This is a test of the alerts.")


_WHAT: dict[Kind, Callable[[Facts], str]] = {
    Kind.DELIVERIES_LATE: _deliveries_late,
    Kind.NEEDS_STAFF: _needs_staff,
    Kind.SIGNATURE: _signature,
    Kind.BREAKER_OPEN: _breaker_open,
    Kind.KEY_REFUSED: _key_refused,
    Kind.ERROR_RATE: _error_rate,
    Kind.WORKER_SILENT: _worker_silent,
    Kind.PUSHER_SILENT: _pusher_silent,
    Kind.TEST: _test,
}


def _span(seconds: int) -> str:
    """Like "3 minutes"."""
    if seconds < 120:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = seconds // 60
    if minutes < 120:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}
