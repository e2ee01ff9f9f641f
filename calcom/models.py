"""What a company's Cal.com account offers, and what that means here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models import Service
from companies.models import Branch, Staff
from companies.tenancy import TenantModel


class EventType(TenantModel):
    """An event type of the company's Cal.com account. Ids are unique on one Cal.com server, not in the world."""

    calcom_id = models.BigIntegerField(_("Cal.com id"))
    title = models.CharField(_("title"), max_length=255)
    slug = models.CharField(_("slug"), max_length=255, blank=True, default="")
    length_min = models.PositiveIntegerField(_("length (minutes)"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("event type")
        verbose_name_plural = _("event types")
        ordering = ["title", "calcom_id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "calcom_id"], name="event_type_once_per_company"),
        ]
        indexes = [models.Index(fields=["calcom_id"], name="event_type_calcom_id")]

    def __str__(self) -> str:
        return f"{self.title} ({self.calcom_id})"


class EventTypeMapping(TenantModel):
    """What booking an event type means: which service, where, by whom. An empty staff member is a team type."""

    event_type = models.OneToOneField(
        EventType, on_delete=models.CASCADE, related_name="mapping", verbose_name=_("event type")
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="event_type_mappings", verbose_name=_("service")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
    staff = models.ForeignKey(
        Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("staff member")
    )

    class Meta:
        verbose_name = _("event type mapping")
        verbose_name_plural = _("event type mappings")
        ordering = ["event_type__title"]

    def __str__(self) -> str:
        return f"{self.event_type} → {self.service}"


class HostMapping(TenantModel):
    """Which staff member a Cal.com user is. The host that Cal.com names is the truth."""

    calcom_user_id = models.BigIntegerField(_("Cal.com user id"))
    calcom_name = models.CharField(_("name at Cal.com"), max_length=255, blank=True, default="")
    calcom_email = models.CharField(_("e-mail address at Cal.com"), max_length=254, blank=True, default="")
    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, related_name="host_mappings", verbose_name=_("staff member")
    )

    class Meta:
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        ordering = ["calcom_name", "calcom_user_id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "calcom_user_id"], name="host_mapping_once_per_company"),
        ]

    def __str__(self) -> str:
        return f"{self.calcom_name or self.calcom_user_id} → {self.staff}"
