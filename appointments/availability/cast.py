"""Who comes into question for what is asked: who performs the service, where, and how the backend offers it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from appointments import rules
from appointments.availability.diary import Terms
from appointments.availability.values import Query, Reason, Unavailable
from appointments.backend import backend_of
from appointments.backends import BackendNotConnected, BookingBackend, Offer
from appointments.errors import BookingError
from appointments.models import Appointment
from companies.models import Branch, Staff


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Somebody who can be booked; `staff` None: whom the backend chooses. `ask_length` only where there is a choice."""

    staff: Staff | None
    branch: Branch | None
    offer: Offer
    length_min: int

    @property
    def staff_id(self) -> int | None:
        """Their id."""
        return self.staff.pk if self.staff else None

    @property
    def ask_length(self) -> int | None:
        """The length to ask the backend for; it must not be told one where it has only one."""
        return self.length_min if len(self.offer.lengths) > 1 else None


@dataclass(frozen=True, kw_only=True)
class Cast:
    """All who come into question, the reasons of those who do not, by id, and what stands against the whole."""

    zone: ZoneInfo
    branch: Branch | None = None
    candidates: tuple[Candidate, ...] = ()
    backend: BookingBackend | None = None
    refusals: dict[int, Unavailable] = field(default_factory=dict)
    refused: Unavailable | None = None
    unknown: str = ""
    performers: tuple[Staff, ...] = ()


def cast_of(query: Query, *, moving: Appointment | None = None) -> Cast:
    """Who comes into question. Asks nobody; a constant number of queries for one branch."""
    branch = query.branch or (query.staff.home_branch if query.staff else None) or _only_branch(query)
    zone = branch.time_zone if branch else query.company.time_zone
    refused = next((found for _name, found in checks(query, branch) if found), None)
    if refused is not None:
        return Cast(zone=zone, branch=branch, refused=refused)
    people = [query.staff] if query.staff else _performers(query, branch)
    if not people:
        sentence = _("Nobody who can be booked performs “%(service)s”.") % {"service": query.service}
        return Cast(zone=zone, branch=branch, refused=Unavailable(reason=Reason.STAFF_CANNOT, sentence=sentence))
    try:
        backend = backend_of(query.company)
    except BackendNotConnected as error:
        sentence = _("The calendar is not connected: %(why)s") % {"why": error}
        return Cast(zone=zone, branch=branch, unknown=sentence, performers=tuple(people))
    return _offered(query, Cast(zone=zone, branch=branch, backend=backend, performers=tuple(people)), moving=moving)


def terms_of(query: Query, candidate: Candidate, cast: Cast, *, length_min: int | None = None) -> Terms:
    """On which terms a candidate can be booked now."""
    offer, service = candidate.offer, query.service
    now, earliest, latest = rules.window(max(service.notice_min, offer.notice_min))
    return Terms(
        length=timedelta(minutes=length_min or candidate.length_min),
        event_type_id=offer.event_type_id,
        before=timedelta(minutes=max(service.buffer_before_min, offer.buffer_before_min)),
        after=timedelta(minutes=max(service.buffer_after_min, offer.buffer_after_min)),
        now=now,
        earliest=earliest,
        latest=latest,
        seats=offer.seats,
        zone=cast.zone,
    )


def checks(query: Query, branch: Branch | None) -> Iterator[tuple[str, Unavailable | None]]:
    """What has to be so before anybody is asked, by name, and what is not."""
    rules.check_customer(query.company, query.customer)
    for name, reason, check in (
        ("service", Reason.NO_SUCH_SERVICE, lambda: rules.check_service(query.company, query.service)),
        ("staff", Reason.STAFF_CANNOT, lambda: rules.check_staff(query.company, query.service, query.staff)),
        ("branch", Reason.BRANCH_CLOSED, lambda: rules.check_branch(query.company, branch)),
    ):
        yield name, _refusal(reason, check)


def _refusal(reason: Reason, check: Callable[[], None]) -> Unavailable | None:
    try:
        check()
    except BookingError as error:
        return Unavailable(reason=reason, sentence=str(error))
    return None


def _performers(query: Query, branch: Branch | None) -> list[Staff]:
    """Who performs the service there, in the order of their ids: named for it, or everybody where nobody is named."""
    able = Staff.objects.for_company(query.company).filter(is_active=True, is_bookable=True)
    named = list(able.filter(services=query.service).select_related("home_branch").order_by("pk"))
    people = named or list(able.select_related("home_branch").order_by("pk"))
    if query.branch is None or branch is None:
        return people
    return [one for one in people if one.home_branch_id in {branch.pk, None}]


def _offered(query: Query, cast: Cast, *, moving: Appointment | None) -> Cast:
    """The cast with those whom the backend offers."""
    branch = cast.branch
    people = {one.pk: one for one in cast.performers}
    places = {pk: query.branch or one.home_branch or branch for pk, one in people.items()}
    offers = _offers(query, cast.backend, places, branch)
    length_min = query.length_min if query.length_min is not None else query.service.duration_min
    if moving is not None and query.length_min is None:
        length_min = round((moving.ends_at - moving.starts_at).total_seconds() / 60)
    found: list[Candidate] = []
    refusals: dict[int, Unavailable] = {}
    for pk, person in people.items():
        offer = offers.get(pk)
        refusal = _closed(query, places[pk]) or (
            _not_mapped(query, person) if offer is None else _wrong_length(query, length_min, offer, moving)
        )
        if refusal is not None:
            refusals[pk] = refusal
        elif offer is not None:
            found.append(Candidate(staff=person, branch=places[pk], offer=offer, length_min=length_min))
    if not found and query.staff is None and None in offers:
        anybody = offers[None]
        if (refusal := _wrong_length(query, length_min, anybody, moving)) is None:
            found.append(Candidate(staff=None, branch=branch, offer=anybody, length_min=length_min))
    refused = None if found else _first(refusals.values(), query)
    return replace(cast, candidates=tuple(found), refusals=refusals, refused=refused)


def _offers(
    query: Query, backend: BookingBackend | None, places: dict[int, Branch | None], branch: Branch | None
) -> dict[int | None, Offer]:
    """How each is offered where they work; under None how nobody in particular is."""
    assert backend is not None  # noqa: S101 - for the types: whoever calls has one
    by_branch: dict[int | None, list[int | None]] = defaultdict(list)
    for staff_id, place in places.items():
        by_branch[place.pk if place else None].append(staff_id)
    if query.staff is None:
        by_branch[branch.pk if branch else None].append(None)
    offers: dict[int | None, Offer] = {}
    for branch_id, staff_ids in by_branch.items():
        offers |= backend.offers(service_id=query.service.pk, branch_id=branch_id, staff_ids=staff_ids)
    return offers


def _closed(query: Query, place: Branch | None) -> Unavailable | None:
    """Where nobody in particular is asked for, everybody has a place of their own."""
    return _refusal(Reason.BRANCH_CLOSED, lambda: rules.check_branch(query.company, place))


def _not_mapped(query: Query, person: Staff) -> Unavailable:
    words = {"service": query.service, "staff": person}
    sentence = _("“%(service)s” by %(staff)s is not mapped to an event type. Map one, or choose somebody else.") % words
    return Unavailable(reason=Reason.NOT_OFFERED, sentence=sentence)


def _wrong_length(query: Query, length_min: int, offer: Offer, moving: Appointment | None) -> Unavailable | None:
    """An appointment that is moved keeps its length, whatever is on offer."""
    if moving is not None and query.length_min is None:
        return None
    return _refusal(Reason.WRONG_LENGTH, lambda: rules.check_length(query.service, length_min, offer))


def _first(refusals: Iterable[Unavailable], query: Query) -> Unavailable:
    sentence = _("“%(service)s” is not mapped to an event type. Map one.") % {"service": query.service}
    return next(iter(refusals), Unavailable(reason=Reason.NOT_OFFERED, sentence=sentence))


def _only_branch(query: Query) -> Branch | None:
    branches = list(Branch.objects.for_company(query.company).filter(is_active=True)[:2])
    return branches[0] if len(branches) == 1 else None
