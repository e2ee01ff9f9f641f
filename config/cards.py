"""Two cards of the first page: how the appointments stand with Cal.com, and how much is known of them.

Every number leads to the list that it counts. Counts end at ten thousand, as those of the lists do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db import connection
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments.admin.lists import COUNTED_ROWS
from appointments.admin.when import moment
from appointments.completeness import Completeness, completeness, together
from appointments.models import Appointment
from appointments.models.appointment import SyncStatus
from companies.roles import companies_where
from companies.tenancy import COMPANY_SECRETS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from django.db.models import QuerySet
    from django.http import HttpRequest

SYNC_STATUSES = (
    SyncStatus.SYNCED,
    SyncStatus.PENDING,
    SyncStatus.IN_FLIGHT,
    SyncStatus.UNCLEAR,
    SyncStatus.NEEDS_STAFF,
    SyncStatus.CONFLICT,
    SyncStatus.ORPHANED,
    SyncStatus.NOT_CONNECTED,
)
_ALARMING = frozenset({SyncStatus.NEEDS_STAFF, SyncStatus.CONFLICT})
# Each is counted by itself, which takes seconds where there are a million appointments and nothing is kept.
COMPANIES_COUNTED = 20


@dataclass(frozen=True)
class Line:
    """One number and the list behind it. `number` for programs, `shown` for people."""

    name: str
    title: Any
    number: int
    shown: str
    address: str
    is_alarm: bool = False
    note: str = ""


@dataclass(frozen=True)
class LinesCard:
    """Several numbers that belong together."""

    name: str
    title: Any
    lines: Sequence[Line]
    note: str = ""


def number_cards(request: HttpRequest, zone: tzinfo) -> list[LinesCard]:
    """Both cards, for those who may see the appointments."""
    model_admin: Any = admin.site.get_model_admin(Appointment)
    if not model_admin.has_view_permission(request):
        return []
    known = _completeness_card(request, zone)
    return [_sync_card(model_admin.get_queryset(request)), *([known] if known else [])]


def _sync_card(rows: QuerySet[Any]) -> LinesCard:
    counts = _counted({status: rows.filter(sync_status=status) for status in SYNC_STATUSES})
    lines = [
        Line(
            name=status.value,
            title=status.label,
            number=counts[status],
            shown=_shown(counts[status]),
            address=_list([("sync_status__exact", status.value)]),
            is_alarm=status in _ALARMING and counts[status] > 0,
        )
        for status in SYNC_STATUSES
    ]
    return LinesCard("sync", _("Synchronised with Cal.com"), lines)


def _completeness_card(request: HttpRequest, zone: tzinfo) -> LinesCard | None:
    mine = companies_where(request.user, "appointments.view_appointment").filter(is_active=True)
    companies = list(mine.defer(*COMPANY_SECRETS).order_by("pk")[: COMPANIES_COUNTED + 1])
    if not companies or len(companies) > COMPANIES_COUNTED:
        return None
    known = together([completeness(company) for company in companies])
    as_of = _("As of %(time)s.") % {"time": moment(known.as_of, zone)}
    return LinesCard("completeness", _("Known of the appointments"), _columns(known), as_of)


def _columns(known: Completeness) -> list[Line]:
    return [
        Line(
            name=column.name,
            title=column.label,
            number=column.missing,
            shown=_("%(percent)s %%") % {"percent": number_format(column.percent, decimal_pos=1)},
            address=_list([column.parameters]),
            note=_missing(column.missing),
        )
        for column in known.columns
        if column.total
    ]


def _missing(count: int) -> str:
    if not count:
        return ""
    return ngettext("%(n)s without", "%(n)s without", count) % {"n": number_format(count, force_grouping=True)}


def _counted(queries: dict[SyncStatus, QuerySet[Any]]) -> dict[SyncStatus, int]:
    """How many rows each finds, up to ten thousand, in one question."""
    parts, parameters = [], []
    for name, rows in queries.items():
        statement, values = rows.order_by().values("pk")[:COUNTED_ROWS].query.sql_with_params()
        parts.append(f"SELECT %s::text, count(*) FROM ({statement}) AS found")  # noqa: S608 - Django's own SQL
        parameters += [name.value, *values]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        return {SyncStatus(name): count for name, count in cursor.fetchall()}


def _shown(count: int) -> str:
    number = number_format(count, force_grouping=True)
    return _("%(n)s or more") % {"n": number} if count >= COUNTED_ROWS else number


def _list(parameters: list[tuple[str, str]]) -> str:
    return f"{reverse('admin:appointments_appointment_changelist')}?{urlencode(parameters)}"
