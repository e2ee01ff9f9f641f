"""Where we and Cal.com differ, over HTTP: for API keys that may manage, and for whoever is logged in at the portal.

    GET  /api/calcom/drift                what differs now: event types, and bookings that both sides have changed
    POST /api/calcom/drift/detect         compare now, and have Cal.com asked
    POST /api/calcom/drift/resolve        one of them: accept (theirs counts), reset (ours counts) or ignore
    POST /api/calcom/drift/auto-resolve   all of them, as the company's settings say

Bodies are JSON, errors as in RFC 9457. A POST of a session needs the CSRF token in
X-CSRFToken. Everybody gets their own companies only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.core.cache import cache
from django.db import transaction
from django.http import JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_redis.exceptions import ConnectionInterrupted
from kombu.exceptions import OperationalError

from appointments import booking, standing
from appointments.booking import Actor
from appointments.errors import BookingError
from appointments.models import Appointment, Push
from appointments.models.appointment import SyncStatus
from appointments.models.history import Side
from calcom import tasks
from calcom.client import CalcomClient
from calcom.errors import CalcomError
from calcom.json_api import Caller, Problem, endpoint
from calcom.models import CalcomSettings, Drift
from calcom.sync import drift as drifts
from calcom.sync.reset import CannotReset, reset
from calcom.sync.runs import alone
from companies.fields import EncryptionKeyError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from companies.models import Company

logger = structlog.get_logger(__name__)

READ_TYPES, CHANGE_TYPES = "calcom.view_eventtype", "calcom.change_eventtype"
READ_BOOKINGS, CHANGE_BOOKINGS = "appointments.view_appointment", "appointments.change_appointment"
RESOLUTIONS = ("accept", "reset", "ignore")
_STATES = {"open": [Drift.State.OPEN], "ignored": [Drift.State.IGNORED], "current": list(drifts.CURRENT)}
# What is lost at Cal.com is booked there again; cancelling it instead takes a reason, and a person.
_DECISIONS: dict[tuple[str, str], Any] = {
    (SyncStatus.CONFLICT, "accept"): booking.take_theirs,
    (SyncStatus.CONFLICT, "reset"): booking.keep_ours,
    (SyncStatus.ORPHANED, "reset"): booking.book_again,
}
_MOST = 200
_MOST_RESETS = 20
# Whoever asks again so soon gets what the first one brings.
_ASKED_S = 30


@endpoint("GET")
def index(caller: Caller) -> JsonResponse:
    """What differs: `?state=open|ignored|current`, `?company=<slug>`, `?limit=`, `?offset=` (of both lists)."""
    states = _STATES.get(caller.query.get("state", "open"))
    if states is None:
        raise Problem(400, "bad-request", _("“state” is one of: %(all)s.") % {"all": ", ".join(_STATES)})
    first, limit = caller.number("offset", default=0), min(caller.number("limit", default=100), _MOST)
    types = Drift.objects.filter(company__in=caller.companies(READ_TYPES), state__in=states)
    rows = types.select_related("company", "event_type").order_by("-detected_at", "-pk")
    disputed = _disputed(caller, READ_BOOKINGS).order_by("starts_at", "pk")
    return JsonResponse(
        {
            "event_types": [_type_json(row) for row in rows[first : first + limit]],
            "event_types_count": types.count(),
            "bookings": [_booking_json(row) for row in disputed[first : first + limit]],
            "bookings_count": disputed.count(),
        }
    )


@endpoint("POST")
def detect(caller: Caller) -> JsonResponse:
    """Compare what is known of each company, and let the worker ask Cal.com for more."""
    told = [_detected(company) for company in caller.companies(CHANGE_TYPES)[:_MOST]]
    return JsonResponse({"companies": told})


@endpoint("POST")
def resolve(caller: Caller) -> JsonResponse:
    """`{"drift": <id>, "resolution": …}`: an event type; `{"appointment": <uuid>, "resolution": …}`: a booking."""
    resolution = caller.body.get("resolution")
    if resolution not in RESOLUTIONS:
        raise Problem(400, "bad-request", _("“resolution” is one of: %(all)s.") % {"all": ", ".join(RESOLUTIONS)})
    if "appointment" in caller.body:
        return JsonResponse(_resolve_booking(caller, resolution))
    return JsonResponse(_resolve_type(caller, resolution))


@endpoint("POST")
def auto_resolve(caller: Caller) -> JsonResponse:
    """As the settings say: take theirs over, give Cal.com ours where that can be done, or leave it to people."""
    return JsonResponse({"companies": [_by_policy(caller, one) for one in caller.companies(CHANGE_TYPES)[:_MOST]]})


def _disputed(caller: Caller, permission: str) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(company__in=caller.companies(permission))
    return rows.filter(sync_status__in=[SyncStatus.CONFLICT, SyncStatus.ORPHANED]).select_related("company")


def _detected(company: Company) -> dict[str, Any]:
    _compare(company)
    return {"company": company.slug, "open": _open(company).count(), "asked": _ask(company)}


def _compare(company: Company) -> None:
    """Unless a sync does it in this moment."""
    with alone(company) as is_alone:
        if is_alone:
            with transaction.atomic():
                drifts.detect(company, now=timezone.now())


def _open(company: Company) -> QuerySet[Drift]:
    return Drift.objects.for_company(company).filter(state=Drift.State.OPEN)


def _ask(company: Company) -> bool:
    """Whether the worker was told to ask Cal.com, now or a moment ago."""
    if not company.calcom_api_key:
        return False
    try:
        if cache.add(f"calcom.drift.asked.{company.pk}", 1, timeout=_ASKED_S):
            for task in (tasks.sync_company, tasks.reconcile_company):
                task.apply_async((company.pk,), expires=tasks.EXPIRES_S, retry=False)
    except (OperationalError, ConnectionInterrupted, OSError):  # Redis is away; the sync comes by itself
        return False
    return True


def _resolve_type(caller: Caller, resolution: str) -> dict[str, Any]:
    pk = caller.body.get("drift")
    if not isinstance(pk, int) or isinstance(pk, bool) or not 0 < pk < 2**63:
        raise Problem(400, "bad-request", _("Name a “drift” by its id, or an “appointment” by its uuid."))
    rows = Drift.objects.filter(company__in=caller.companies(CHANGE_TYPES)).select_related("company", "event_type")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Problem(404, "not-found", _("There is no such drift."))
    if resolution == "reset":
        _reset(caller, row)
    elif not (drifts.accept if resolution == "accept" else drifts.ignore)(row, by=caller.user):
        raise Problem(409, "not-possible", _("It is settled already, or not all of it can be taken over."))
    row.refresh_from_db()
    return _type_json(row)


def _reset(caller: Caller, row: Drift) -> None:
    """Our side counts. A person waits: the call of Cal.com is made here."""
    try:
        reset(row, client=CalcomClient(row.company), by=caller.user)
    except CannotReset as error:
        raise Problem(409, "cannot-be-reset", str(error)) from error
    except (CalcomError, EncryptionKeyError) as error:
        logger.warning("calcom.drift.reset_failed", company_id=row.company_id, drift_id=row.pk, reason=str(error))
        text = _("Cal.com cannot be asked just now, or not with this key. Nothing was changed here.")
        raise Problem(409, "cannot-be-reset", text) from error


def _resolve_booking(caller: Caller, resolution: str) -> dict[str, Any]:
    try:
        uuid = UUID(str(caller.body["appointment"]))
    except ValueError as error:
        raise Problem(400, "bad-request", _("“appointment” is a uuid.")) from error
    row = _disputed(caller, CHANGE_BOOKINGS).filter(uuid=uuid).first()
    if row is None:
        raise Problem(404, "not-found", _("There is no such appointment that both sides have changed."))
    use_case = _DECISIONS.get((row.sync_status, resolution))
    if use_case is None:
        raise Problem(409, "not-possible", _("Somebody has to decide that on the appointment's page."))
    version = caller.body.get("version")
    if version is not None and type(version) is not int:
        raise Problem(400, "bad-request", _("“version” is a whole number."))
    try:
        row = use_case(
            row,
            actor=Actor(side=Side.API, user=caller.user, name=caller.name),
            version=version,
        )
    except BookingError as error:
        raise Problem(409, "not-possible", str(error)) from error
    return _booking_json(row)


def _by_policy(caller: Caller, company: Company) -> dict[str, Any]:
    policy = CalcomSettings.objects.for_company(company).values_list("external_changes", flat=True).first()
    before = _open(company).count()
    _compare(company)
    left: list[dict[str, Any]] = []
    if policy == CalcomSettings.Changes.REJECT:
        for row in _open(company).select_related("company", "event_type").order_by("pk")[:_MOST_RESETS]:
            try:
                _reset(caller, row)
            except Problem as problem:
                left.append({"drift": row.pk, "reason": problem.detail})
    after = _open(company).count()
    return {
        "company": company.slug,
        "policy": policy or CalcomSettings.Changes.WARN.value,
        "resolved": max(before - after, 0),
        "open": after,
        "not_possible": left,
    }


def _type_json(row: Drift) -> dict[str, Any]:
    return {
        "id": row.pk,
        "company": row.company.slug,
        "event_type": {"id": row.event_type.calcom_id, "title": row.event_type.title},
        "differences": row.differences,
        "severity": row.severity,
        "state": row.state,
        "detected_at": row.detected_at,
        "resolved_at": row.resolved_at,
    }


def _booking_json(row: Appointment) -> dict[str, Any]:
    push = next((one for one in standing.open_pushes(row.pk) if one.state == Push.State.CONFLICT), None)
    ours = {"starts_at": row.starts_at, "ends_at": row.ends_at, "status": row.told_status}
    told = push.told if push else {}
    theirs = {name: told[name] for name in (*ours, "absences") if name in told}
    return {
        "appointment": row.uuid,
        "company": row.company.slug,
        "state": row.sync_status,
        "version": row.version,
        "ours": ours,
        "theirs": theirs,
    }
