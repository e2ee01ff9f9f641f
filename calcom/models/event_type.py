"""Event types of Cal.com, what they mean here, and what they might mean."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models import Service
from companies.models import Branch, Staff, User
from companies.tenancy import TenantModel


class EventType(TenantModel):
    """An event type of the company's Cal.com account. Ids are unique on one Cal.com server, not in the world.

    A copy: the sync overwrites everything but `is_active`, which is the company's own switch, and a price by none.
    What Cal.com lists no longer stays: absent once it has `first_absent_at`, twice in a row `missing_since`.
    `verified_by` says to which server and key it was listed (calcom.reach.proof); empty for one entered by hand.
    """

    class Scheduling(models.TextChoices):
        ROUND_ROBIN = "round_robin", _("round robin")
        COLLECTIVE = "collective", _("collective")
        MANAGED = "managed", _("managed")
        OTHER = "other", _("other")

    class Caution(models.TextChoices):
        MANAGED_PARENT = "managed_parent", _("Managed: cannot be booked itself, only what Cal.com derives from it.")
        COLLECTIVE = "collective", _("Collective: free only while all of its hosts are.")
        NUMBER_FIELD = "number_field", _("Asks for a number: such a field cannot be filled in from here.")
        NO_HOSTS = "no_hosts", _("Has no hosts: cannot be booked.")

    calcom_id = models.BigIntegerField(_("Cal.com id"))
    title = models.CharField(_("title"), max_length=255)
    slug = models.CharField(_("slug"), max_length=255, blank=True, default="")
    description = models.TextField(_("description"), blank=True, default="")
    length_min = models.PositiveIntegerField(_("length (minutes)"), null=True, blank=True)
    length_options = ArrayField(
        models.PositiveIntegerField(), verbose_name=_("lengths to choose from"), default=list, blank=True
    )
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    is_hidden = models.BooleanField(_("hidden"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    scheduling_type = models.CharField(
        _("scheduling"), max_length=20, choices=Scheduling.choices, blank=True, default=""
    )
    requires_confirmation = models.BooleanField(_("needs confirmation"), default=False)
    is_recurring = models.BooleanField(_("recurring"), default=False)
    disable_guests = models.BooleanField(_("no guests"), default=False)
    seats = models.PositiveIntegerField(_("seats"), null=True, blank=True)
    notice_min = models.PositiveIntegerField(_("minimum notice (minutes)"), null=True, blank=True)
    buffer_before_min = models.PositiveIntegerField(_("buffer before (minutes)"), null=True, blank=True)
    buffer_after_min = models.PositiveIntegerField(_("buffer after (minutes)"), null=True, blank=True)
    calcom_team_id = models.BigIntegerField(_("Cal.com team id"), null=True, blank=True)
    calcom_owner_id = models.BigIntegerField(_("Cal.com owner id"), null=True, blank=True)
    calcom_parent_id = models.BigIntegerField(_("managed by event type"), null=True, blank=True)
    host_ids = ArrayField(models.BigIntegerField(), verbose_name=_("hosts"), default=list, blank=True)
    booking_fields = models.JSONField(_("booking fields"), default=list, blank=True)
    locations = models.JSONField(_("locations"), default=list, blank=True)
    warnings = ArrayField(
        models.CharField(max_length=20, choices=Caution.choices),
        verbose_name=_("warnings"),
        default=list,
        blank=True,
    )

    is_listed = models.BooleanField(_("listed by Cal.com"), default=True)
    verified_by = models.CharField(_("verified by"), max_length=32, blank=True, default="", editable=False)
    listed_by = models.CharField(_("found among"), max_length=40, blank=True, default="")
    last_listed_at = models.DateTimeField(_("last listed"), null=True, blank=True)
    first_absent_at = models.DateTimeField(_("first absent"), null=True, blank=True, editable=False)
    missing_since = models.DateTimeField(_("missing since"), null=True, blank=True)
    last_synced_at = models.DateTimeField(_("last change taken over"), null=True, blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=32, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("event type")
        verbose_name_plural = _("event types")
        ordering = ["title", "calcom_id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "calcom_id"], name="event_type_once_per_company"),
            models.CheckConstraint(
                condition=models.Q(is_listed=True) | models.Q(missing_since__isnull=False),
                name="event_type_missing_since_when",
            ),
        ]
        indexes = [
            models.Index(fields=["calcom_id"], name="event_type_calcom_id"),
            GinIndex(fields=["host_ids"], name="event_type_host_ids"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.calcom_id})"

    @property
    def is_verified(self) -> bool:
        """Whether Cal.com has listed it to a key of the company's, be it a former one."""
        return bool(self.verified_by)

    @property
    def lengths(self) -> set[int]:
        """All lengths in minutes in which it can be booked."""
        return {*self.length_options, *([] if self.length_min is None else [self.length_min])}

    @property
    def warning_texts(self) -> list[Any]:
        """The warnings in words."""
        return [self.Caution(code).label for code in self.warnings if code in self.Caution.values]


class EventTypeMapping(TenantModel):
    """What booking an event type means: which service, where, by whom. An empty staff member is a team type.

    `agreed` is what Cal.com said when the two were last in agreement; calcom.sync.drift compares with it.
    """

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
    agreed = models.JSONField(_("agreed"), default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("event type mapping")
        verbose_name_plural = _("event type mappings")
        ordering = ["event_type__title"]

    def __str__(self) -> str:
        return f"{self.event_type} → {self.service}"


class MappingProposal(TenantModel):
    """What an event type probably means. Means nothing before it is confirmed; then there is an EventTypeMapping.

    It stays after the decision: what was once decided is never proposed again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for you")
        CONFIRMED = "confirmed", _("confirmed")
        DISMISSED = "dismissed", _("dismissed")

    event_type = models.OneToOneField(
        EventType, on_delete=models.CASCADE, related_name="proposal", verbose_name=_("event type")
    )
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+", verbose_name=_("service"))
    branch = models.ForeignKey(
        Branch, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
    staff = models.ForeignKey(
        Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("staff member")
    )
    confidence = models.PositiveSmallIntegerField(_("confidence"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    proposed_at = models.DateTimeField(_("proposed"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
        help_text=_("Empty where it was certain."),
    )

    class Meta:
        verbose_name = _("proposed mapping")
        verbose_name_plural = _("proposed mappings")
        ordering = ["event_type__title"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="waiting") | models.Q(decided_at__isnull=False),
                name="mapping_proposal_decided_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} → {self.service}?"
