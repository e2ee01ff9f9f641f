"""Tenants: companies with their branches and staff, and the people who may log in."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from timezone_field import TimeZoneField

from companies.alerts import AlertMessage, AlertSettings, Incident
from companies.kept_answers import IdempotencyRecord
from companies.keys import ApiKey, Scope
from companies.retention import PrivacySettings
from companies.tenancy import TenantModel
from companies.tenants import Company, User, UserManager, new_webhook_token
from companies.validators import opening_hours

__all__ = [
    "AlertMessage",
    "AlertSettings",
    "ApiKey",
    "Branch",
    "Company",
    "IdempotencyRecord",
    "Incident",
    "Membership",
    "PrivacySettings",
    "Scope",
    "Staff",
    "User",
    "UserManager",
    "new_webhook_token",
]


class Membership(TenantModel):
    """What a user may do in a company."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        MANAGER = "manager", _("manager")
        STAFF = "staff", _("staff member")
        AUDITOR = "auditor", _("auditor")

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("company")
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("user and role")
        verbose_name_plural = _("users and roles")
        constraints = [
            models.UniqueConstraint(fields=["user", "company"], name="membership_once_per_user_and_company"),
        ]

    def __str__(self) -> str:
        return f"{self.known_name} – {self.company}"

    @property
    def is_accepted(self) -> bool:
        """Whether the person has logged in since they were invited."""
        seen = self.user.last_login
        return seen is not None and self.created_at is not None and seen >= self.created_at

    @property
    def known_name(self) -> str:
        """What the company calls the person: their name once they have accepted, till then the address invited.

        Whoever types an address must not learn whose it is, nor whether there is an account.
        """
        return str(self.user) if self.is_accepted else self.user.email


class Branch(TenantModel):
    """A place where appointments happen."""

    name = models.CharField(_("name"), max_length=200)
    street = models.CharField(_("street"), max_length=200, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, default="")
    city = models.CharField(_("city"), max_length=100, blank=True, default="")
    country = models.CharField(_("country"), max_length=2, blank=True, default="DE")
    time_zone = TimeZoneField(_("time zone"), default="Europe/Berlin")
    hours = models.JSONField(
        _("opening hours"),
        default=dict,
        blank=True,
        validators=[opening_hours],
        help_text=_('Weekday to times, for example {"mon": ["09:00-18:00"], "sat": ["09:00-13:00"]}.'),
    )
    calcom_team_id = models.BigIntegerField(
        _("Cal.com team id"), null=True, blank=True, help_text=_("Only where it differs from the company's.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="branch_name_once_per_company"),
        ]

    def __str__(self) -> str:
        return self.name


class Staff(TenantModel):
    """Somebody who performs services."""

    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail address"), blank=True, default="")
    phone = PhoneNumberField(_("phone"), blank=True, default="")
    home_branch = models.ForeignKey(
        Branch,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="staff",
        verbose_name=_("home branch"),
    )
    color = models.CharField(
        _("calendar colour"), max_length=7, default="#3788d8", validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")]
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_bookable = models.BooleanField(_("bookable"), default=True)

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        ordering = ["name"]
        indexes = [models.Index(fields=["company", "name"], name="staff_company_name")]

    def __str__(self) -> str:
        return self.name
