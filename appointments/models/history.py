"""What happened to an appointment, for people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.tenancy import TenantModel


class Side(models.TextChoices):
    """Where a change came from."""

    CALCOM = "calcom", "Cal.com"
    PORTAL = "portal", _("portal")
    API = "api", "API"
    PHONE = "phone", _("phone")
    SYSTEM = "system", _("system")


class AppointmentChange(TenantModel):
    """One change of one appointment. Append-only: a database trigger refuses changes to a written row.

    `details` maps a field to its old and new value: {"starts_at": ["2026-12-08T09:30:00+00:00", "…"]}.
    """

    class Action(models.TextChoices):
        CREATED = "created", _("created")
        UPDATED = "updated", _("updated")
        MOVED = "moved", _("moved")
        CONFIRMED = "confirmed", _("confirmed")
        REJECTED = "rejected", _("rejected")
        CANCELLED = "cancelled", _("cancelled")
        REOPENED = "reopened", _("reopened")
        COMPLETED = "completed", _("completed")
        NO_SHOW = "no_show", _("no-show")
        ATTENDEES = "attendees", _("attendees changed")

    appointment = models.ForeignKey(
        "appointments.Appointment",
        on_delete=models.CASCADE,
        related_name="changes",
        verbose_name=_("appointment"),
    )
    action = models.CharField(_("what"), max_length=12, choices=Action.choices)
    side = models.CharField(_("from"), max_length=8, choices=Side.choices)
    occurred_at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    actor_name = models.CharField(_("who"), max_length=254, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    delivery_id = models.UUIDField(_("delivery"), null=True, blank=True)
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("history")
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index(fields=["appointment", "-occurred_at"], name="change_appointment_occurred"),
            models.Index(fields=["action", "-occurred_at"], name="change_action_occurred"),
            models.Index(fields=["delivery_id"], name="change_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.occurred_at:%Y-%m-%d %H:%M}"
