"""What is remembered of bookings beside the appointment they became."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.appointment import Appointment
from companies.tenancy import TenantModel


class FormerUid(TenantModel):
    """A uid that an appointment's booking had before a move. `successor_uid`: what the move is said to have made."""

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="former_uids", verbose_name=_("appointment")
    )
    uid = models.CharField(_("uid"), max_length=200)
    successor_uid = models.CharField(max_length=200, blank=True, default="", editable=False)
    booking_id = models.BigIntegerField(_("booking id"), null=True, blank=True)
    starts_at = models.DateTimeField(_("start"), null=True, blank=True)

    class Meta:
        verbose_name = _("former uid")
        verbose_name_plural = _("former uids")
        constraints = [models.UniqueConstraint(fields=["company", "uid"], name="former_uid_once_per_company")]

    def __str__(self) -> str:
        return self.uid


class Departure(TenantModel):
    """Somebody left one seated booking for another. Kept by itself: the news may come before the booking's own."""

    booking_uid = models.CharField(max_length=200)
    email = models.CharField(max_length=254)
    left_at = models.DateTimeField()

    class Meta:
        verbose_name = _("departure")
        verbose_name_plural = _("departures")
        constraints = [
            models.UniqueConstraint(fields=["company", "booking_uid", "email"], name="departure_once_per_booking"),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.booking_uid}"
