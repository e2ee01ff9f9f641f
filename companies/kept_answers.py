"""What was answered to a request with an Idempotency-Key, kept for a day. See companies.api.idempotency.

This module is imported by companies.models and must not import it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from companies.tenancy import TenantModel

KEPT = timedelta(hours=24)


class IdempotencyRecord(TenantModel):
    """One answer. Written in the transaction of the change it tells of: both are there, or neither.

    `key` and `fingerprint` are the first half of a SHA-256: of the key, and of method, address and body.
    """

    caller = models.CharField(max_length=40)
    key = models.UUIDField()
    fingerprint = models.UUIDField()
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "caller", "key"], name="idempotency_key_once_per_caller"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_created")]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"


def forget_old() -> int:
    """Delete answers that are older than a day. Returns how many."""
    gone, _kinds = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return gone
