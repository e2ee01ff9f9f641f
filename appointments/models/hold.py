"""A time that is kept for somebody for some minutes."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.models.service import Service
from companies.models import Branch, Staff
from companies.tenancy import TenantModel

# The backend is asked right after the commit; for so long nobody knows whether it hides the time already.
_BEING_RESERVED = timedelta(minutes=1)


class Hold(TenantModel):
    """A staff member's time, kept for a booking that is about to be made. Over by itself at `expires_at`.

    It takes a StaffTime row as an appointment does. `holder` says who asked, in words. `remote_uid` is the booking
    backend's reservation of the same time, where it made one, until `remote_until`.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="holds", verbose_name=_("service"))
    branch = models.ForeignKey(
        Branch, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="holds", verbose_name=_("staff member"))
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    length_min = models.PositiveIntegerField(_("length (minutes)"))
    expires_at = models.DateTimeField(_("held until"))
    holder = models.CharField(_("held for"), max_length=254, blank=True, default="")
    event_type_id = models.BigIntegerField(null=True, editable=False)
    remote_uid = models.CharField(max_length=200, blank=True, default="", editable=False)
    remote_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("held since"), default=timezone.now)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="hold_ends_after_start"),
        ]
        indexes = [models.Index(fields=["staff", "expires_at"], name="hold_staff_expires")]

    def __str__(self) -> str:
        return f"{self.staff_id}: {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def is_live(self) -> bool:
        """Whether it still holds the time."""
        return self.expires_at > timezone.now()

    @property
    def is_reserved(self) -> bool:
        """Whether the backend hides the time from others as well."""
        return bool(self.remote_uid) and self.remote_until is not None and self.remote_until > timezone.now()

    @property
    def may_be_reserved(self) -> bool:
        """The same, or it is just being asked to: it may hide the time before its answer is noted here."""
        is_new = timezone.now() - self.created_at < _BEING_RESERVED
        return self.is_reserved or (is_new and self.is_live and self.event_type_id is not None)
