"""Companies, and the people who may log in: what tenancy rests on. Everything else belongs to a company.

This module is imported by companies.models, which is where others take these from.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from companies.fields import EncryptedTextField
from companies.validators import api_versions, storable_object, valid_base_url


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Save a new user; without a password the account waits for its invitation to be accepted."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Save a new operator, who sees every company."""
        return self.create_user(email, password, **fields, is_superuser=True)

    def get_by_natural_key(self, username: str | None) -> User:
        """Look a user up at log-in, without regard to case."""
        return self.by_email(username or "").get()

    def by_email(self, email: str) -> models.QuerySet[User]:
        """The one user with this address, or none; without regard to case, by the index of user_email_once."""
        return self.alias(lower_email=Lower("email")).filter(lower_email=email.strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who may log in. `is_superuser` marks an operator; everybody else works through memberships."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """What the portal calls the person."""
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Django's admin asks for it; whether somebody sees the portal is decided by the portal."""
        return self.is_active


def new_webhook_token() -> str:
    """An unguessable path segment: 32 characters, 190 bits."""
    return secrets.token_urlsafe(24)


class Company(models.Model):
    """A tenant. Holds its Cal.com account; key and secrets are encrypted."""

    class BusinessType(models.TextChoices):
        HAIR_SALON = "hair_salon", _("hair salon")
        PRACTICE = "practice", _("practice")
        WORKSHOP = "workshop", _("workshop")
        CONSULTING = "consulting", _("consulting")
        OTHER = "other", _("other")

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    time_zone = TimeZoneField(_("time zone"), default="Europe/Berlin")
    business_type = models.CharField(
        _("business type"), max_length=20, choices=BusinessType.choices, default=BusinessType.OTHER
    )
    settings = models.JSONField(_("settings"), default=dict, blank=True, validators=[storable_object])
    is_active = models.BooleanField(_("active"), default=True)

    calcom_api_key = EncryptedTextField(_("Cal.com API key"), blank=True, default="")
    calcom_base_url = models.URLField(
        _("Cal.com API base URL"),
        blank=True,
        default="",
        validators=[valid_base_url],
        help_text=_("Empty for Cal.com itself; for a self-hosted server its address, ending in /v2."),
    )
    calcom_api_versions = models.JSONField(
        _("API versions"),
        blank=True,
        default=dict,
        validators=[api_versions],
        help_text=_('Only for servers of another generation, by group: {"bookings": "2026-02-25"}.'),
    )
    calcom_team_id = models.BigIntegerField(_("Cal.com team id"), null=True, blank=True)
    calcom_team_slug = models.CharField(_("Cal.com team slug"), max_length=200, blank=True, default="")
    calcom_organization_id = models.BigIntegerField(_("Cal.com organization id"), null=True, blank=True)
    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text=_("What Slotkeeper may ask of Cal.com. Cal.com itself allows 120 for a key."),
    )
    webhook_token = models.CharField(
        _("webhook token"), max_length=64, unique=True, default=new_webhook_token, editable=False
    )
    webhook_secret = EncryptedTextField(_("webhook secret"), blank=True, default="")
    former_webhook_secrets = EncryptedTextField(
        _("former webhook secrets"),
        blank=True,
        default="",
        help_text=_("One a line. Accepted as well, while Cal.com still signs with one of them."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def webhook_secrets(self) -> list[str]:
        """The secrets a delivery may be signed with, newest first; empty when none is set."""
        return [line for line in [self.webhook_secret, *self.former_webhook_secrets.splitlines()] if line.strip()]
