"""What a round looks at, read at most once in a round: how each company stands with Cal.com, and counts over time."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from calcom import guard
from calcom.account import access_of
from calcom.errors import CalcomError
from calcom.guard import GuardStatus
from companies.fields import EncryptionKeyError, decrypt
from companies.models import Company
from companies.tenancy import COMPANY_SECRETS
from webhooks.metrics import refusals_on

NOBODY = 0
"""Stands for the address without a company, where a company's id is expected."""

SAMPLES_KEY = "config.watch.samples"
SAMPLE_EVERY = timedelta(seconds=55)
SAMPLES_KEPT = timedelta(minutes=20)
LAST_KEPT = timedelta(days=1)
"""The last of all, so that what happened while nobody watched is seen."""

Counts = dict[int, Any]


class NotKnown(Exception):
    """What a check needs cannot be had now: it neither opens nor ends anything."""


@dataclass(frozen=True)
class Sample:
    """Counters at a moment, by company. refused: deliveries turned away on its day. calls: (all, failed)."""

    at: datetime
    refused: dict[int, int] = field(default_factory=dict)
    calls: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """In UTC, as deliveries that are turned away are counted."""
        return self.at.astimezone(UTC).date()


@dataclass(frozen=True)
class View:
    """One round's look at the world. Every property raises NotKnown where Redis is away."""

    now: datetime

    @cached_property
    def companies(self) -> list[Company]:
        """All that are switched on. Their keys stay encrypted, so that an unreadable one spoils no list."""
        rows = Company.objects.filter(is_active=True).defer(*COMPANY_SECRETS)
        return list(rows.annotate(sealed_key=Cast(F("calcom_api_key"), TextField())).order_by("pk"))

    @cached_property
    def connections(self) -> dict[int, GuardStatus | None]:
        """Where the company has a key: what the guard knows; None where the key cannot be decrypted."""
        found: dict[int, GuardStatus | None] = {}
        for company in self.companies:
            if sealed := vars(company)["sealed_key"]:
                with contextlib.suppress(CalcomError):  # an address or key that nothing can be sent with
                    found[company.pk] = _status(company, sealed)
        return found

    @cached_property
    def present(self) -> Sample:
        """The counters now."""
        refused = self._refused_on(Sample(self.now).day)
        calls = {
            pk: (status.counters["calls"], status.counters["failed"])
            for pk, status in self.connections.items()
            if status is not None
        }
        return Sample(self.now, refused, calls)

    @cached_property
    def earlier(self) -> list[Sample]:
        """The counters of the last minutes, oldest first; the present ones are kept for the rounds to come."""
        kept = [_restored(one) for one in cache.get(SAMPLES_KEY) or ()]
        kept = [one for one in kept if one.at <= self.now]
        kept = [one for one in kept if one.at > self.now - SAMPLES_KEPT] or kept[-1:]
        if not kept or self.now - kept[-1].at >= SAMPLE_EVERY:
            cache.set(SAMPLES_KEY, [_kept(one) for one in (*kept, self.present)], LAST_KEPT.total_seconds())
        return kept

    def before(self, span: timedelta) -> Sample:
        """The oldest counters that are no older than this; the present ones where there are none."""
        return next((one for one in self.earlier if one.at >= self.now - span), self.present)

    def refused_within(self, span: timedelta) -> Counter[int]:
        """Deliveries turned away since then, or since the last counters there are where nobody watched for that long.

        What came between them and midnight is still among their day's.
        """
        earlier = next((one for one in self.earlier if one.at >= self.now - span), (self.present, *self.earlier)[-1])
        refused = Counter(self.present.refused)
        for days in range((self.present.day - earlier.day).days):
            refused.update(self._refused_on(earlier.day + timedelta(days)))
        refused.subtract(earlier.refused)
        return refused

    def _refused_on(self, day: date) -> dict[int, int]:
        refused = refusals_on(day, [NOBODY, *(company.pk for company in self.companies)])
        if refused is None:
            raise NotKnown("Redis does not answer")
        return refused


def _status(company: Company, sealed: str) -> GuardStatus | None:
    try:
        company.calcom_api_key = decrypt(sealed)
    except EncryptionKeyError:
        return None
    return guard.status(access_of(company).account)


def _kept(sample: Sample) -> dict[str, Any]:
    return {"at": sample.at.timestamp(), "refused": sample.refused, "calls": sample.calls}


def _restored(kept: dict[str, Any]) -> Sample:
    """JSON knows only texts as keys, and no tuples."""
    return Sample(
        at=datetime.fromtimestamp(kept["at"], tz=timezone.get_default_timezone()),
        refused={int(pk): count for pk, count in kept["refused"].items()},
        calls={int(pk): (calls, failed) for pk, (calls, failed) in kept["calls"].items()},
    )
