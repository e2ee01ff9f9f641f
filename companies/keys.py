"""API keys: how programs prove which company they act for, and what they may do.

A key is shown once, when it is made: `<prefix>.<secret>`. What is kept is its hash and the prefix, by which people tell
keys apart.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import structlog
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey, BaseAPIKeyManager

from companies.tenancy import TenantModel, TenantQuerySet

if TYPE_CHECKING:
    from companies.tenants import Company, User

logger = structlog.get_logger(__name__)

USE_NOTED_EVERY = timedelta(minutes=1)


class Scope(models.TextChoices):
    """What a key may do; each contains the ones before it."""

    READ = "read", _("read: see everything, change nothing")
    BOOK = "book", _("book: make, move and cancel appointments, hold times")
    MANAGE = "manage", _("manage: everything, also confirm, decline and note who did not come")

    def contains(self, other: Scope) -> bool:
        """Whether whoever may this may the other as well."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


class ApiKeyManager(BaseAPIKeyManager.from_queryset(TenantQuerySet["ApiKey"])):  # type: ignore[misc]  # made at run time
    """The library's manager, with our tenancy, and without the hash in the primary key."""

    def assign_key(self, obj: AbstractAPIKey) -> str:
        """Give the row a new key. Returns the key: the only moment at which it can be read."""
        key, obj.prefix, obj.hashed_key = self.key_generator.generate()
        return str(key)


class ApiKey(TenantModel, AbstractAPIKey):
    """A key of one company. A revoked key stays as a row: it says who made it, when, and when it was last used."""

    # The library's primary key is a text that holds the hash, which would stand in addresses.
    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]  # see above
    prefix = models.CharField(_("prefix"), max_length=8, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=50, help_text=_("What uses the key: the phone agent, the website."))
    scopes = ArrayField(
        models.CharField(max_length=6, choices=Scope.choices), verbose_name=_("scopes"), default=list, blank=False
    )
    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("Empty for the server's own limit."),
    )
    expiry_date = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("revoked by"),
    )

    objects: ClassVar[Any] = ApiKeyManager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created", "-id"]
        indexes = [models.Index(fields=["company", "-created"], name="api_key_company_created")]
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="api_key_may_something"),
            models.CheckConstraint(
                condition=Q(revoked=False) | Q(revoked_at__isnull=False), name="api_key_revoked_since_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def may(self, scope: Scope) -> bool:
        """Whether the key's scopes contain this one."""
        return any(Scope(own).contains(scope) for own in self.scopes)

    @property
    def is_usable(self) -> bool:
        """Whether it is neither revoked nor expired, and its company is open."""
        return not (self.revoked or self.has_expired or not self.company.is_active)


def issue(company: Company, *, name: str, scopes: list[Scope], by: User | None, **fields: Any) -> tuple[ApiKey, str]:
    """Make a key. Returns its row and the key itself, which nobody can read again."""
    row, key = ApiKey.objects.create_key(company=company, name=name, scopes=scopes, created_by=by, **fields)
    logger.info("api_key.issued", company_id=company.pk, api_key_id=row.pk, by=by and by.pk)
    return row, key


def revoke(row: ApiKey, *, by: User | None) -> bool:
    """Refuse the key from now on, for ever. False where it was revoked before."""
    now = timezone.now()
    done = ApiKey.objects.filter(pk=row.pk, revoked=False).update(revoked=True, revoked_at=now, revoked_by=by)
    if done:
        logger.info("api_key.revoked", company_id=row.company_id, api_key_id=row.pk, by=by and by.pk)
    return bool(done)


def note_use(row: ApiKey, *, now: datetime) -> None:
    """Remember when the key was last used; written once a minute at most, however many processes see it."""
    before = now - USE_NOTED_EVERY
    if row.last_used_at is not None and row.last_used_at > before:
        return
    unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
    ApiKey.objects.filter(unnoted, pk=row.pk).update(last_used_at=now)
