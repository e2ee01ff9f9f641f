"""`GET /api/calcom/sync-status`: how far a company and its Cal.com are apart."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from appointments.backlog import MOST_OF_ONE, by_sync_status
from appointments.models.appointment import SyncStatus
from calcom.models import EventType, SyncRun
from companies.api.base import TenantView
from companies.api.serializers import InstantField
from config.redaction import without_secrets
from webhooks.models import WebhookEvent

if TYPE_CHECKING:
    from rest_framework.request import Request

    from companies.models import Company

State = WebhookEvent.State

_LOOKED_AT = 500
"""Runs of each kind among which the last good one is looked for: of one every five minutes, nearly two days."""
_LONGEST_ERROR = 500


class SyncErrorSerializer(serializers.Serializer[Any]):
    """A kind of sync whose last run did not go well."""

    kind = serializers.ChoiceField(SyncRun.Kind.choices)
    state = serializers.ChoiceField(SyncRun.State.choices)
    started_at = InstantField()
    error = serializers.CharField(help_text="What went wrong, shortened, without anybody's address.")


class SyncReportSerializer(serializers.Serializer[Any]):
    """How far both sides are apart."""

    last_sync = InstantField(allow_null=True, help_text="End of the last run that missed nothing.")
    event_types_count = serializers.IntegerField(help_text="Event types that Cal.com lists.")
    pending_webhooks = serializers.IntegerField(help_text="Deliveries that are to be processed, or wait for something.")
    sync_errors = SyncErrorSerializer(many=True)
    appointments = serializers.DictField(
        child=serializers.IntegerField(),
        help_text=f"How many stand how with Cal.com, by sync status. Each is counted up to {MOST_OF_ONE}.",
    )


_EXAMPLE = {
    "last_sync": "2026-12-01T08:00:04Z",
    "event_types_count": 12,
    "pending_webhooks": 0,
    "sync_errors": [],
    "appointments": {status.value: 4711 if status == SyncStatus.SYNCED else 0 for status in SyncStatus},
}


class SyncStatusView(TenantView):
    """What is synchronised with Cal.com, what waits, and what went wrong."""

    http_method_names = ["get", "head"]
    permission_model = SyncRun

    @extend_schema(
        operation_id="calcom_sync_status_retrieve",
        tags=["health"],
        summary="How far we and Cal.com are apart",
        responses={200: SyncReportSerializer},
        examples=[OpenApiExample("All is well", _EXAMPLE, response_only=True)],
    )
    def get(self, _request: Request) -> Response:
        """Counts and times of the caller's company."""
        return Response(SyncReportSerializer(sync_status(self.company)).data)


def sync_status(company: Company) -> dict[str, Any]:
    """What the answer holds."""
    last, errors = _runs(company)
    return {
        "last_sync": last,
        "event_types_count": EventType.objects.for_company(company).filter(is_listed=True).count(),
        "pending_webhooks": _pending(company),
        "sync_errors": errors,
        "appointments": by_sync_status(company),
    }


def _runs(company: Company) -> tuple[datetime | None, list[dict[str, Any]]]:
    """When a run last ended well, and which kinds did not the last time."""
    good: list[datetime] = []
    errors: list[dict[str, Any]] = []
    for kind in SyncRun.Kind:
        runs = SyncRun.objects.for_company(company).filter(kind=kind).exclude(state=SyncRun.State.RUNNING)
        recent = runs.order_by("-started_at").values_list("state", "finished_at")[:_LOOKED_AT]
        good += [at for state, at in recent if state == SyncRun.State.DONE and at is not None][:1]
        last = runs.order_by("-started_at").first()
        if last is not None and last.state != SyncRun.State.DONE:
            errors.append(_error(last))
    return max(good, default=None), errors


def _error(run: SyncRun) -> dict[str, Any]:
    text = without_secrets(run.error)[:_LONGEST_ERROR]
    return {"kind": run.kind, "state": run.state, "started_at": run.started_at, "error": text}


def _pending(company: Company) -> int:
    waiting = WebhookEvent.objects.for_company(company).filter(state__in=[State.PENDING, State.WAITING])
    return waiting.order_by()[:MOST_OF_ONE].count()
