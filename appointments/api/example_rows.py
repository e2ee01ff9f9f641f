"""Rows of the reader's own company for the addresses in the description of the API. See companies.api.examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from appointments.api.examples import _HOLD_ID, _ID, SERVICE_ID
from appointments.models import Appointment, Customer, Hold, Service
from appointments.models.appointment import Status
from companies.api.examples import first, provide

if TYPE_CHECKING:
    from collections.abc import Callable

    from companies.models import Company


def _appointment(status: str, *, is_over: bool) -> Callable[[Company], Any]:
    """The first one in this state, that is over or still to come."""

    def found(company: Company) -> Any:
        rows = Appointment.objects.for_company(company).filter(status=status, staff__isnull=False)
        now = timezone.now()
        rows = rows.filter(ends_at__lt=now) if is_over else rows.filter(starts_at__gt=now)
        return rows.order_by("starts_at", "pk").values_list("uuid", flat=True).first()

    return found


def _hold(company: Company) -> Any:
    rows = Hold.objects.for_company(company).filter(expires_at__gt=timezone.now())
    return rows.order_by("-pk").values_list("uuid", flat=True).first()


def register() -> None:
    """Name them all."""
    provide("services", of=first(Service.objects.filter(is_active=True)), otherwise=SERVICE_ID)
    provide("customers", of=first(Customer.objects), otherwise=1)
    provide("holds", of=_hold, otherwise=_HOLD_ID)
    coming, over = _appointment(Status.CONFIRMED, is_over=False), _appointment(Status.CONFIRMED, is_over=True)
    provide("appointments", of=coming, otherwise=_ID)
    for action in ("confirm", "decline"):
        provide(f"appointments/{action}", of=_appointment(Status.PENDING, is_over=False), otherwise=_ID)
    for action in ("no-show", "complete"):
        provide(f"appointments/{action}", of=over, otherwise=_ID)
