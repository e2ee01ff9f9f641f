"""Time of staff members that is taken."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.appointment import Appointment
from appointments.models.hold import Hold
from companies.models import Staff
from companies.tenancy import TenantModel


class StaffTime(TenantModel):
    """Time of a staff member that is taken, by an appointment or a hold, buffers included.

    Two rows of one person never overlap. A hold that is over takes nothing: it is deleted by whoever needs the time.
    """

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="taken", verbose_name=_("staff member"))
    during = DateTimeRangeField(_("during"))
    appointment = models.OneToOneField(
        Appointment,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="staff_time",
        verbose_name=_("appointment"),
    )
    hold = models.OneToOneField(
        Hold, on_delete=models.CASCADE, null=True, blank=True, related_name="staff_time", verbose_name=_("hold")
    )

    class Meta:
        verbose_name = _("taken time")
        verbose_name_plural = _("taken times")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(appointment__isnull=False, hold__isnull=True)
                | models.Q(appointment__isnull=True, hold__isnull=False),
                name="staff_time_of_one",
            ),
            ExclusionConstraint(
                name="staff_time_never_overlaps",
                expressions=[("staff", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id}: {self.during}"
