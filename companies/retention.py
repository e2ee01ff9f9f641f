"""How long a company keeps personal data.

This module is imported by companies.models and must not import it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.fields import EncryptedTextField
from companies.tenancy import TenantModel

if TYPE_CHECKING:
    from django.db.models import QuerySet

BODIES_DAYS = 30
_LONGEST_DAYS = 36_500
_DAYS = [MinValueValidator(1), MaxValueValidator(_LONGEST_DAYS)]


def new_fingerprint_key() -> str:
    """Unguessable: addresses are few enough to try them all against a hash without a key."""
    return secrets.token_urlsafe(32)


class PrivacySettings(TenantModel):
    """After how many days what is blanked; empty: it is kept. Without a row the defaults count.

    `fingerprint_key` is what addresses of erased people are hashed with (appointments.tombstones). `bodies_until` and
    `history_to` say how far that has been blanked, so that nothing is looked at twice.
    """

    company = models.OneToOneField(
        "companies.Company", on_delete=models.CASCADE, related_name="privacy", verbose_name=_("company")
    )
    bodies_days = models.PositiveIntegerField(
        _("bodies of deliveries (days)"),
        default=BODIES_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Counted from their arrival. A delivery without its body cannot be processed again."),
    )
    payloads_days = models.PositiveIntegerField(
        _("raw payloads (days)"),
        null=True,
        blank=True,
        validators=_DAYS,
        help_text=_("What Cal.com told of an appointment, as it came; counted from its end. Empty: kept."),
    )
    appointments_days = models.PositiveIntegerField(
        _("personal data of past appointments (days)"),
        null=True,
        blank=True,
        validators=_DAYS,
        help_text=_(
            "Names, addresses, answers and reasons; counted from the end. Times, services and prices stay. Customers "
            "without any later appointment are blanked as well. Empty: kept."
        ),
    )
    history_days = models.PositiveIntegerField(
        _("personal data in the history (days)"),
        null=True,
        blank=True,
        validators=_DAYS,
        help_text=_("Who changed what and why; that and when it was changed stays. Empty: kept."),
    )
    fingerprint_key = EncryptedTextField(blank=True, default=new_fingerprint_key, editable=False)
    bodies_until = models.DateTimeField(null=True, editable=False)
    history_to = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("retention of personal data")
        verbose_name_plural = _("retention of personal data")

    def __str__(self) -> str:
        return str(self.company)


def before(days: int | None) -> datetime | None:
    """What is older than this is blanked; None where it is kept."""
    return None if days is None else timezone.now() - timedelta(days=days)


def in_order(rows: QuerySet[Any], by: str, batch: int) -> Iterator[tuple[list[int], datetime]]:
    """Ids in the order of this time, a batch at a time, and the time that they reach to.

    Whoever takes a batch deals with it before taking the next; one that was not dealt with is met in the next run only.
    """
    page = rows.order_by(by, "pk")
    while found := list(page.values_list(by, "pk")[:batch]):
        reached, last = found[-1]
        yield [pk for _at, pk in found], reached
        later = models.Q(**{f"{by}__gt": reached}) | models.Q(pk__gt=last)
        page = rows.order_by(by, "pk").filter(later, **{f"{by}__gte": reached})
