"""What is kept of bookings beside the payload that stands with the appointment. A query each, whatever the batch."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from appointments.models import FormerUid
from calcom.models import LegacyRow

if TYPE_CHECKING:
    from companies.models import Company


def former_uids(company: Company, ids: Collection[int]) -> dict[int, list[str]]:
    """By appointment, the uids that its booking had before it was moved."""
    found: dict[int, list[str]] = {}
    known = FormerUid.objects.for_company(company).filter(appointment_id__in=ids)
    for pk, uid in known.order_by("pk").values_list("appointment_id", "uid"):
        found.setdefault(pk, []).append(uid)
    return found


def legacy_payloads(company: Company, ids: Collection[int]) -> dict[int, list[Any]]:
    """By appointment, the payloads in the predecessor's row that it was made of, or was known by."""
    found: dict[int, list[Any]] = {}
    rows = LegacyRow.objects.for_company(company).filter(kind=LegacyRow.Kind.APPOINTMENT, object_id__in=ids)
    known = rows.order_by("pk").values_list("object_id", "data__payload", "data__metadata")
    for pk, payload, metadata in known:
        stored = [payload, metadata if _holds_payload(metadata) else None]
        if pk is not None:
            found.setdefault(pk, []).extend(value for value in stored if value)
    return found


def _holds_payload(metadata: Any) -> bool:
    """The predecessor kept a webhook's body among its own metadata; the rest of those is no booking."""
    return "cal_com_data" in metadata if isinstance(metadata, dict | str) else False
