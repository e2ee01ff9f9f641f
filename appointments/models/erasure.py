"""What is left of people whose data was erased: enough not to take it over again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.appointment import Appointment
from companies.tenancy import TenantModel


class Tombstone(TenantModel):
    """Somebody's address or number was erased. `fingerprint` is a keyed hash of it, see appointments.tombstones."""

    fingerprint = models.CharField(max_length=64)
    erased_at = models.DateTimeField()

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        constraints = [
            models.UniqueConstraint(fields=["company", "fingerprint"], name="tombstone_once_per_company"),
        ]

    def __str__(self) -> str:
        return self.fingerprint[:8]


class ErasedAppointment(TenantModel):
    """Personal data of an appointment was erased: later news of its booking is taken over without it."""

    class Extent(models.TextChoices):
        ALL = "all", _("of everybody")
        BOOKER = "booker", _("of who booked")
        SOME = "some", _("of some attendees")

    appointment = models.OneToOneField(
        Appointment, on_delete=models.CASCADE, related_name="erasure", verbose_name=_("appointment")
    )
    extent = models.CharField(max_length=6, choices=Extent.choices)
    erased_at = models.DateTimeField()

    class Meta:
        verbose_name = _("erased appointment")
        verbose_name_plural = _("erased appointments")

    def __str__(self) -> str:
        return str(self.appointment_id)
