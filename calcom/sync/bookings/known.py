"""What the appointment book knows of the bookings of one page: one query, however many."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from appointments.models import Appointment, Attendee, FormerUid
from appointments.models.appointment import SyncStatus
from appointments.standing import ORPHAN, WITH_PUSHES

if TYPE_CHECKING:
    from companies.models import Company

_COLUMNS = (
    "pk",
    "calcom_booking_uid",
    "told_status",
    "starts_at",
    "ends_at",
    "title",
    "calcom_event_type_id",
    "calcom_host_id",
    "location_type",
    "location_value",
    "meeting_url",
    "ical_uid",
    "cancelled_by",
    "cancellation_reason",
    "rejected_reason",
    "sync_status",
    "requires_manual_review",
    "news",
)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """An attendee, as far as reads can tell something new about them."""

    email: str
    phone: str
    is_active: bool
    is_absent: bool
    seat_uid: str

    @property
    def contact(self) -> str:
        """By what they are known again."""
        return self.email or self.phone


@dataclass(frozen=True, kw_only=True)
class Known:
    """An appointment, as far as a read can tell something new about it. `news`: see appointments.inbound.registers."""

    pk: int
    calcom_booking_uid: str
    told_status: str
    starts_at: datetime
    ends_at: datetime
    title: str
    calcom_event_type_id: int | None
    calcom_host_id: int | None
    location_type: str
    location_value: str
    meeting_url: str
    ical_uid: str
    cancelled_by: str
    cancellation_reason: str
    rejected_reason: str
    sync_status: str
    requires_manual_review: bool
    news: dict[str, Any]
    former_uids: frozenset[str]
    people: tuple[Seat, ...]

    @property
    def has_open_push(self) -> bool:
        """Whether a change of ours is on its way, or waits for somebody to decide."""
        return self.sync_status in WITH_PUSHES

    @property
    def is_lost(self) -> bool:
        """Whether it was said that Cal.com does not know the booking any more."""
        return self.sync_status == SyncStatus.ORPHANED or ORPHAN in self.news

    @property
    def has_seat_doubt(self) -> bool:
        """Whether news did not say if one seat was given up, or all."""
        return self.requires_manual_review and "seat_doubt" in self.news

    def is_told_before(self, stamp: list[Any]) -> bool:
        """Whether what stands here is older than news of this stamp, or is about a former booking."""
        held = self.news.get("times")
        return held is None or (held[0], held[2]) < (stamp[0], stamp[2])


def known_bookings(company: Company, uids: Collection[str]) -> dict[str, Known]:
    """The appointments that have or had one of these uids, by every uid of theirs."""
    wanted = [uid for uid in uids if uid]
    current = Appointment.objects.for_company(company).filter(calcom_booking_uid__in=wanted)
    former = FormerUid.objects.for_company(company).filter(uid__in=wanted)
    ids = current.order_by().values("pk").union(former.order_by().values("appointment_id"))
    rows = (
        Appointment.objects.filter(pk__in=ids)
        .order_by()
        .annotate(
            former=ArraySubquery(FormerUid.objects.filter(appointment=OuterRef("pk")).values("uid")),
            coming=ArraySubquery(
                Attendee.objects.filter(appointment=OuterRef("pk"))
                .order_by()
                .values(
                    told=JSONObject(
                        email="email", phone="phone", state="state", no_show="no_show", seat_uid="seat_uid"
                    ),
                )
            ),
        )
    )
    found: dict[str, Known] = {}
    for row in rows.values(*_COLUMNS, "former", "coming"):
        people = tuple(_seat(told) for told in row.pop("coming"))
        one = Known(former_uids=frozenset(row.pop("former")), people=people, **row)
        found |= dict.fromkeys(one.former_uids, one) | {one.calcom_booking_uid: one}
    return found


def _seat(told: dict[str, Any]) -> Seat:
    return Seat(
        email=told["email"],
        phone=told["phone"],
        is_active=told["state"] == Attendee.State.ACTIVE,
        is_absent=told["no_show"],
        seat_uid=told["seat_uid"],
    )
