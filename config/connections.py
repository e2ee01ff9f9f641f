"""How the companies' connections to Cal.com stand: circuit, budget, cache, last sync. Cal.com is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from appointments.admin.badges import badge, noted, page_link
from appointments.admin.record import Table
from appointments.admin.when import moment
from calcom import cache, guard
from calcom.account import access_of
from calcom.errors import CalcomError
from calcom.guard import CircuitState, GuardAway, GuardStatus
from calcom.models import SyncRun
from calcom.scripts import RedisAway
from companies.fields import EncryptionKeyError
from companies.roles import companies_where
from companies.tenancy import COMPANY_SECRETS

if TYPE_CHECKING:
    from datetime import tzinfo

    from django.contrib.auth.models import AnonymousUser

    from companies.models import Company, User

# Each costs two short questions to Redis; an operator of many looks at `manage.py circuit_status`.
SHOWN = 10

_COLOURS = {CircuitState.CLOSED: "green", CircuitState.HALF_OPEN: "amber", CircuitState.OPEN: "red"}
_WORDS = {
    CircuitState.CLOSED: _("connected"),
    CircuitState.HALF_OPEN: _("trying again"),
    CircuitState.OPEN: _("paused"),
}
_RUNS = {
    SyncRun.State.DONE: "green",
    SyncRun.State.RUNNING: "blue",
    SyncRun.State.INCOMPLETE: "amber",
    SyncRun.State.INTERRUPTED: "amber",
    SyncRun.State.FAILED: "red",
}


def connections(user: User | AnonymousUser, zone: tzinfo) -> Table | None:
    """A line for each company of the user's that has a key; None where there is none to see."""
    mine = companies_where(user, "calcom.view_eventtype").exclude(calcom_api_key__exact="")
    companies = list(mine.filter(is_active=True).defer(*COMPANY_SECRETS).order_by("name")[:SHOWN])
    if not companies:
        return None
    runs = SyncRun.objects.filter(company__in=companies).order_by("company_id", "-started_at").distinct("company_id")
    last = {run.company_id: run for run in runs}
    rows = [_row(company, last.get(company.pk), zone) for company in companies]
    headings = [_("company"), _("circuit"), _("requests left"), _("answers kept"), _("last sync")]
    return Table(headings, rows)


def _row(company: Company, run: SyncRun | None, zone: tzinfo) -> list[Any]:
    name = page_link(reverse("admin:companies_company_change", args=[company.pk]), company.name)
    try:
        status = guard.status(access_of(company).account)
        kept = _kept(company)
    except (CalcomError, EncryptionKeyError, GuardAway, RedisAway) as error:
        return [name, badge(_("unknown"), "amber", title=str(error)), "–", "–", _run(run, zone)]
    return [name, _circuit(status, zone), _budget(status, zone), kept, _run(run, zone)]


def _circuit(status: GuardStatus, zone: tzinfo) -> Any:
    title = _("Opened %(opened)s times so far; %(failures)s failures in a row now.") % {
        "opened": status.counters["opened"],
        "failures": status.failures,
    }
    note = _("until %(time)s") % {"time": moment(status.open_until, zone)} if status.open_until else ""
    return noted(badge(_WORDS[status.state], _COLOURS[status.state]), title, note)


def _budget(status: GuardStatus, zone: tzinfo) -> Any:
    title = _("%(calls)s requests so far; %(refused)s held back here, %(limited)s refused by Cal.com.") % {
        "calls": status.counters["calls"],
        "refused": status.counters["refused_budget"] + status.counters["refused_circuit"],
        "limited": status.counters["http_429"],
    }
    until = status.blocked_until
    note = _("none until %(time)s") % {"time": moment(until, zone)} if until else ""
    left = _("%(left)s of %(all)s") % {"left": int(status.tokens), "all": status.capacity}
    return noted(left, title, note)


def _kept(company: Company) -> Any:
    counted = cache.statistics(company.pk)
    title = (
        _("%(hits)s answers from the cache, %(misses)s asked for, %(stale)s old ones while Cal.com was away.") % counted
    )
    asked = counted["hits"] + counted["misses"]
    return noted(f"{counted['hits'] * 100 // asked} %" if asked else "–", title)


def _run(run: SyncRun | None, zone: tzinfo) -> Any:
    if run is None:
        return "–"
    state = SyncRun.State(run.state)
    return noted(badge(state.label, _RUNS[state], title=run.error), run.error, moment(run.started_at, zone))
