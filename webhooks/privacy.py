"""Personal data in deliveries: a body is blanked as a whole, its row stays.

The id is a hash of the address and the body, so the same bytes are still known as a duplicate; without a body nothing
can be applied again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F, Func, Min, Q, QuerySet, TextField, Value
from django.db.models.functions import Now

from appointments.models import AppointmentChange
from companies.models import Company
from companies.privacy.redaction import Redactor
from companies.privacy.tables import NOBODY
from companies.retention import in_order
from webhooks import reasons
from webhooks.models import WebhookEvent

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import Model

    from companies.privacy.person import Person

State = WebhookEvent.State

_UNFINISHED = (State.PENDING, State.WAITING)
_EMPTY = b""
_AT_ONCE = 500


class _AsText(Func):
    """Bytes as text: what is not ASCII comes out as numbers, so that nothing is unreadable."""

    function = "encode"
    output_field = TextField()

    def __init__(self, column: str) -> None:
        super().__init__(F(column), Value("escape"))


class Deliveries:
    """The deliveries of a person's bookings, and those whose body names them."""

    model: type[Model] = WebhookEvent

    @property
    def columns(self) -> frozenset[str]:
        """The columns that may hold personal data and are dealt with."""
        return frozenset({"body", "reason", "reason_data"})

    def count(self, company: Company, person: Person) -> int:
        """How many would be blanked."""
        return sum(1 for _ in self._theirs(company, person))

    def erase(self, company: Company, person: Person) -> int:
        """Blank bodies and what was said of them. One that was still to be processed is finished."""
        redactor, ids = Redactor(person), list[int]()
        for event in self._theirs(company, person):
            ids.append(event.pk)
            told = redactor.json(event.reason_data)
            if told != event.reason_data or redactor.names_them(event.reason):
                WebhookEvent.objects.filter(pk=event.pk).update(reason_data=told, reason=redactor.text(event.reason))
        self.give_up(ids)
        return len(ids)

    def give_up(self, ids: list[int]) -> None:
        """Blank these, and let what was still to be processed rest."""
        events = WebhookEvent.objects.filter(pk__in=ids)
        events.filter(state__in=_UNFINISHED).update(
            state=State.IGNORED, reason=reasons.ERASED, reason_data={}, finished_at=Now()
        )
        events.update(body=_EMPTY, waits_for="")

    def blank_own(self, company: Company, person: Person) -> int:
        """The bodies of a person's own bookings only."""
        ids = list(self._held(company).filter(_of_bookings(company, person)).values_list("pk", flat=True))
        self.give_up(ids)
        return len(ids)

    def export(self, company: Company, person: Person) -> list[dict[str, Any]]:
        """When what came; of a delivery about their own booking the body too, of another nothing of others'."""
        told = []
        for event in self._theirs(company, person):
            row = {"id": event.pk, "received_at": event.received_at, "trigger": event.trigger, "state": event.state}
            is_own = event.booking_uid in person.uids
            told.append(row | {"body": _readable(bytes(event.body))} if is_own else row)
        return told

    def _held(self, company: Company) -> QuerySet[WebhookEvent]:
        return WebhookEvent.objects.for_company(company).exclude(body=_EMPTY)

    def _theirs(self, company: Company, person: Person) -> Iterator[WebhookEvent]:
        """Also what the server-wide address received and nobody could be found for, where it names them."""
        redactor = Redactor(person)
        pattern = redactor.contact_pattern
        named = Q(body_text__iregex=pattern) if pattern else NOBODY
        near = Q(booking_uid__in=person.shared_uids)
        own = _of_bookings(company, person)
        everybody = WebhookEvent.objects.exclude(body=_EMPTY).alias(body_text=_AsText("body"))
        events = everybody.filter(Q(company=company) & (own | near | named))
        yield from _naming(events, redactor, near=near, surely=own | named)
        if pattern:
            nobodys = everybody.filter(named, company__isnull=True).exclude(state__in=_UNFINISHED)
            yield from nobodys.order_by("pk").iterator(chunk_size=_AT_ONCE)


def _naming(events: QuerySet[WebhookEvent], redactor: Redactor, *, near: Q, surely: Q) -> Iterator[WebhookEvent]:
    """Those that are surely about the person, and of bookings shared with others those that say their name."""
    sure = set(events.filter(surely).values_list("pk", flat=True))
    for event in events.order_by("pk").iterator(chunk_size=_AT_ONCE):
        if event.pk in sure or redactor.names_them(bytes(event.body).decode(errors="replace")):
            yield event


def _of_bookings(company: Company, person: Person) -> Q:
    """Deliveries of their own bookings: by the uid, or because they changed the appointment."""
    changes = AppointmentChange.objects.for_company(company).filter(appointment__in=person.own_ids)
    ids = changes.exclude(delivery_id=None).values("delivery_id")
    return Q(booking_uid__in=person.uids) | Q(delivery_id__in=ids)


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def blank(delivery_ids: Collection[UUID]) -> None:
    """Blank the bodies of deliveries that named people who had been erased before."""
    if delivery_ids:
        WebhookEvent.objects.filter(delivery_id__in=delivery_ids).update(body=_EMPTY)


def bodies_due(company: Company | None, *, before: datetime, since: datetime | None = None) -> QuerySet[WebhookEvent]:
    """Deliveries that came in this time, in their order; without a company those that nobody could be found for.

    What is not finished yet keeps its body, and so does all that came after it: then it is found again later. Where
    there is no company, nobody remembers until when all is done: an index knows what still has a body.
    """
    events = WebhookEvent.objects.filter(company=company)
    if company is None:
        events = events.exclude(body=_EMPTY)
    oldest = events.filter(state__in=_UNFINISHED).aggregate(first=Min("received_at"))["first"]
    due = events.filter(received_at__lt=min(before, oldest) if oldest else before)
    return due if since is None else due.filter(received_at__gte=since)


def count_bodies(company: Company | None, *, before: datetime, since: datetime | None = None) -> int:
    """How many bodies blank_bodies() would blank."""
    return bodies_due(company, before=before, since=since).exclude(body=_EMPTY).count()


def blank_bodies(
    company: Company | None, *, before: datetime, since: datetime | None = None, batch: int
) -> Iterator[tuple[int, datetime]]:
    """Blank the bodies of what came before, a batch at a time: how many, and until when all is done."""
    for ids, reached in in_order(bodies_due(company, before=before, since=since), "received_at", batch):
        held = WebhookEvent.objects.filter(pk__in=ids).exclude(body=_EMPTY)
        yield held.update(body=_EMPTY, waits_for=""), reached


DELIVERIES = Deliveries()
