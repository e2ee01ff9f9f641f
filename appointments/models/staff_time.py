"""Time of staff members that is taken."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.appointment import Appointment
from companies.models import Staff
from companies.tenancy import TenantModel


class StaffTime(TenantModel):
    """Time of a staff member that is taken, buffers included. Two rows of one person never overlap."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="taken", verbose_name=_("staff member"))
    during = DateTimeRangeField(_("during"))
    appointment = models.OneToOneField(
        Appointment, on_delete=models.CASCADE, related_name="staff_time", verbose_name=_("appointment")
    )

    class Meta:
        verbose_name = _("taken time")
        verbose_name_plural = _("taken times")
        constraints = [
            ExclusionConstraint(
                name="staff_time_never_overlaps",
                expressions=[("staff", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id}: {self.during}"
