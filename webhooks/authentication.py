"""Who signed a delivery: an HMAC-SHA256 of the raw body under one of the address's secrets, in constant time.

Each process keeps a company's secrets for 30 seconds. A version number in the cache, looked at once a second at most,
makes a changed secret count sooner.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from companies.models import Company
from webhooks import metrics
from webhooks.backoff import ask

logger = structlog.get_logger(__name__)

HEADERS = (
    "HTTP_X_CAL_SIGNATURE_256",
    "HTTP_CAL_SIGNATURE_256",
    "HTTP_X_CAL_SIGNATURE",
    "HTTP_CAL_SIGNATURE",
)
SECRETS_TTL_S = 30.0
VERSION_TTL_S = 1.0
_VERSION_KEY = "webhooks.secrets.version"


@dataclass(frozen=True)
class Address:
    """Where deliveries of one company arrive. `company_id` is None for the server-wide address."""

    company_id: int | None
    token: str
    secrets: tuple[bytes, ...]


@dataclass
class _Kept:
    version: Any = None
    version_until: float = 0.0


_addresses: dict[str, tuple[float, Address | None]] = {}
_kept = _Kept()


def address_of(token: str) -> Address | None:
    """The address behind a token, or None; the empty token is the server-wide address."""
    if not token:
        return Address(None, "", tuple(secret.encode() for secret in settings.CALCOM_WEBHOOK_SECRETS if secret))
    now = time.monotonic()
    _forget_outdated(now)
    until, address = _addresses.get(token, (0.0, None))
    if now < until and address is not None:
        return address
    company = Company.objects.filter(webhook_token=token, is_active=True).first()
    if company is None:
        return None
    address = Address(company.pk, token, tuple(secret.encode() for secret in company.webhook_secrets))
    _addresses[token] = (now + SECRETS_TTL_S, address)
    return address


def is_signed(body: bytes, headers: Mapping[str, Any], *, secrets: tuple[bytes, ...]) -> bool:
    """Whether exactly one signature header is there and fits the raw body under one of the secrets."""
    given = [headers[name] for name in HEADERS if name in headers]
    if len(given) != 1:
        return False
    signature = str(given[0]).strip().removeprefix("sha256=").encode("ascii", "replace")
    fits = [
        hmac.compare_digest(hmac.new(secret, body, hashlib.sha256).hexdigest().encode(), signature)
        for secret in secrets
    ]
    return any(fits)


def _forget_outdated(now: float) -> None:
    """Empty this process's memory when the version number has changed. Without the cache, the 30 seconds count."""
    if now < _kept.version_until:
        return
    _kept.version_until = now + VERSION_TTL_S
    version = ask(lambda: cache.get(_VERSION_KEY), otherwise=_kept.version)
    if version != _kept.version:
        _kept.version = version
        _addresses.clear()


@receiver(post_save, sender=Company, dispatch_uid="webhooks.secrets_changed")
def secrets_changed(**_kwargs: Any) -> None:
    """Let every process read the secrets again: a company was saved. `companies` cannot call up to this layer."""
    _addresses.clear()
    ask(_write_version, otherwise=None)


def _write_version() -> None:
    cache.set(_VERSION_KEY, timezone.now().isoformat(), timeout=None)


def count_refusal(company_id: int | None, *, reason: str) -> None:
    """Count a delivery that was not accepted, by day, company (0 for the server-wide address) and reason."""
    ask(lambda: _add_one(_key_of_today(company_id)), otherwise=None)
    metrics.RECEIVED.add(reason.replace(" ", "_"))
    logger.warning("webhooks.refused", company_id=company_id, reason=reason)


def refusals_today(company_id: int | None) -> int:
    """How many deliveries to a company's address (None: the server-wide one) were refused since midnight UTC."""
    return ask(lambda: int(cache.get(_key_of_today(company_id), 0)), otherwise=0)


def _add_one(key: str) -> None:
    cache.add(key, 0, timeout=timedelta(days=8).total_seconds())
    cache.incr(key)


def _key_of_today(company_id: int | None) -> str:
    return metrics.refusals_key(company_id or 0, timezone.now().date())
