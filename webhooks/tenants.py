"""Whose delivery is it? The event type decides; where a trigger names none, the booking's uid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from appointments.backends import BookingSnapshot, News
from appointments.models import Appointment, FormerUid
from calcom.models import EventType
from calcom.reach import proof, server_of
from calcom.signals import bookings_applied, event_types_entered
from companies.models import Company
from webhooks import inbox, reasons
from webhooks.inbox import Verdict
from webhooks.models import WebhookEvent

State = WebhookEvent.State

_OF_COMPANY = tuple(f"company__{name}" for name in ("name", "calcom_base_url", "calcom_api_key", "requests_per_minute"))

Reading = tuple[Verdict, News | None]


def check_event_types(company: Company, readings: Sequence[Reading], *, known: set[int]) -> None:
    """Hold back what names an event type that is not among the `known` ones of the company.

    Refused where another company of the same Cal.com server has it, else waiting; either is processed as soon as the
    company itself has the event type.
    """
    wanted = {event_type_id for _, news in readings if (event_type_id := _event_type_of(news)) is not None}
    missing = wanted - known
    if not missing:
        return
    types = EventType.objects.filter(calcom_id__in=missing).exclude(company=company)
    elsewhere = types.values_list("calcom_id", "company__calcom_base_url")
    foreign = {calcom_id for calcom_id, root in elsewhere if server_of(root) == server_of(company.calcom_base_url)}
    for verdict, news in readings:
        event_type_id = _event_type_of(news)
        if event_type_id in missing:
            _hold_back(verdict, event_type_id, is_foreign=event_type_id in foreign)


@receiver(post_save, sender=EventType, dispatch_uid="webhooks.event_type_entered")
def event_type_entered(instance: EventType, **_kwargs: Any) -> None:
    """Let deliveries that wait for this event type be processed. `calcom` cannot call up to this layer."""
    inbox.release(instance.company_id, [f"event_type:{instance.calcom_id}"])


@receiver(event_types_entered, dispatch_uid="webhooks.event_types_entered")
def several_entered(company_id: int, calcom_ids: list[int], **_kwargs: Any) -> None:
    """The same for those that the sync found."""
    inbox.release(company_id, [f"event_type:{calcom_id}" for calcom_id in calcom_ids])


@receiver(bookings_applied, dispatch_uid="webhooks.bookings_applied")
def bookings_read(company_id: int, uids: set[str], **_kwargs: Any) -> None:
    """Let deliveries be processed that wait for a booking which was read from Cal.com meanwhile."""
    inbox.release(company_id, [f"booking:{uid}" for uid in uids])


def find(readings: Sequence[Reading]) -> None:
    """Find the company of deliveries to the server-wide address.

    A found one stays pending, with its company: it is applied in that company's turn. Nothing that a customer can
    write (metadata, names, addresses) is looked at.
    """
    owners = _owners(readings)
    for verdict, news in readings:
        if news is None:
            continue
        event_type_id = _event_type_of(news)
        key = news.uid if event_type_id is None else event_type_id
        companies = owners[key]
        if len(companies) == 1:
            (verdict.event.company_id,) = companies
        elif companies:
            verdict.state, verdict.reason = State.FAILED, reasons.SEVERAL_COMPANIES
        elif event_type_id is not None:
            _hold_back(verdict, event_type_id, is_foreign=False)
        else:
            verdict.state, verdict.reason = State.WAITING, reasons.UNKNOWN_BOOKING
            verdict.waits_for = f"booking:{news.uid}"


def _owners(readings: Sequence[Reading]) -> dict[int | str, set[int]]:
    """The companies that have each event type, with the best claim to it, and each booking."""
    owners: dict[int | str, set[int]] = defaultdict(set)
    type_ids = {event_type_id for _, news in readings if (event_type_id := _event_type_of(news)) is not None}
    uids = {news.uid for _, news in readings if news is not None and _event_type_of(news) is None}
    if type_ids:
        types = EventType.objects.filter(calcom_id__in=type_ids, company__is_active=True).select_related("company")
        claims = [(row, _claim(row)) for row in types.only("calcom_id", "verified_by", *_OF_COMPANY)]
        best: dict[int, int] = defaultdict(int)
        for row, claim in claims:
            best[row.calcom_id] = max(best[row.calcom_id], claim)
        for row, claim in claims:
            if claim == best[row.calcom_id]:
                owners[row.calcom_id].add(row.company_id)
    if uids:
        current = Appointment.objects.filter(calcom_booking_uid__in=uids)
        former = FormerUid.objects.filter(uid__in=uids)
        rows = [*current.values_list("calcom_booking_uid", "company_id"), *former.values_list("uid", "company_id")]
        for uid, company_id in rows:
            owners[uid].add(company_id)
    return owners


def _claim(event_type: EventType) -> int:
    """How good a company's claim is at the server-wide address, where the installation's own Cal.com server delivers.

    2: that server has listed it to the company's present key. 1: the company has its account there. 0: it has it
    elsewhere, on a server that may list any number it likes.
    """
    company = event_type.company
    if server_of(company.calcom_base_url) != server_of(""):
        return 0
    return 2 if event_type.verified_by and event_type.verified_by == proof(company) else 1


def _event_type_of(news: News | None) -> int | None:
    return news.event_type_id if isinstance(news, BookingSnapshot) else None


def _hold_back(verdict: Verdict, event_type_id: int | None, *, is_foreign: bool) -> None:
    verdict.reason_data = {"event_type": str(event_type_id)}
    verdict.waits_for = f"event_type:{event_type_id}"
    if is_foreign:
        verdict.state, verdict.reason = State.REFUSED, reasons.FOREIGN_EVENT_TYPE
        return
    verdict.state, verdict.reason = State.WAITING, reasons.UNKNOWN_EVENT_TYPE
