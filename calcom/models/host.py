"""Cal.com's users and the staff members that they are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from companies.models import Staff, User
from companies.tenancy import TenantModel


class HostMapping(TenantModel):
    """Which staff member a Cal.com user is. The host that Cal.com names is the truth.

    Only confirmed ones count, found again by Cal.com's id; `source` says how they were found at first. A proposed one
    waits for a person, with or without a guess who it is.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting for you")
        CONFIRMED = "confirmed", _("confirmed")
        IGNORED = "ignored", _("not one of us")

    class Source(models.TextChoices):
        MANUAL = "manual", _("by hand")
        BY_EMAIL = "email", _("by e-mail address")
        BY_NAME = "name", _("by name")

    class Reason(models.TextChoices):
        """Why it is as it is."""

        BY_HAND = "by_hand", _("Chosen by a person.")
        SAME_EMAIL = "same_email", _("The e-mail address is the same.")
        SAME_NAME = "same_name", _("The name is the same.")
        SIMILAR_NAME = "similar_name", _("The name is only similar.")
        SEVERAL_STAFF = "several_staff", _("Several staff members fit.")
        SEVERAL_USERS = "several_users", _("Several Cal.com users have this name.")
        STAFF_TAKEN = "staff_taken", _("The staff member is another Cal.com user already.")
        NOBODY = "nobody", _("No staff member fits.")
        DETAILS = "details", _("Cal.com tells another name or address.")
        REMOVED = "removed", _("Removed by a person.")

    calcom_user_id = models.BigIntegerField(_("Cal.com user id"))
    calcom_name = models.CharField(_("name at Cal.com"), max_length=255, blank=True, default="")
    calcom_email = models.CharField(_("e-mail address at Cal.com"), max_length=254, blank=True, default="")
    calcom_username = models.CharField(_("user name at Cal.com"), max_length=255, blank=True, default="")
    staff = models.ForeignKey(
        Staff,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="host_mappings",
        verbose_name=_("staff member"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CONFIRMED)
    source = models.CharField(_("found"), max_length=10, choices=Source.choices, default=Source.MANUAL)
    confidence = models.PositiveSmallIntegerField(_("confidence"), default=100)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True, default="")
    last_seen_at = models.DateTimeField(_("last seen at Cal.com"), null=True, blank=True)

    class Meta:
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        ordering = ["calcom_name", "calcom_user_id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "calcom_user_id"], name="host_mapping_once_per_company"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(staff__isnull=False),
                name="host_mapping_confirmed_is_somebody",
                violation_error_message=_("Choose the staff member."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calcom_name or self.calcom_user_id} → {self.staff or '?'}"


class HostMappingAudit(TenantModel):
    """One change of a host: what it was, what became of it, who did it and why. Written once (a trigger guards it).

    `before` and `after` hold what differs, by field. Personal data may be erased by whoever says so in the transaction.
    """

    class Action(models.TextChoices):
        CREATED = "created", _("found")
        UPDATED = "updated", _("changed")
        DELETED = "deleted", _("removed")

    host = models.ForeignKey(
        HostMapping, on_delete=models.SET_NULL, null=True, related_name="audits", verbose_name=_("host")
    )
    calcom_user_id = models.BigIntegerField(_("Cal.com user id"))
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("reason"), max_length=20, choices=HostMapping.Reason.choices, blank=True, default="")
    changed_at = models.DateTimeField(_("when"), db_default=Now())
    changed_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("who"),
        help_text=_("Empty for the sync."),
    )

    class Meta:
        verbose_name = _("change of a host")
        verbose_name_plural = _("changes of hosts")
        ordering = ["-changed_at", "-pk"]
        indexes = [models.Index(fields=["company", "calcom_user_id"], name="host_audit_user")]

    def __str__(self) -> str:
        return f"{self.calcom_user_id}: {self.get_action_display()}"
