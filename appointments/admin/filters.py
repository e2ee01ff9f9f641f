"""Filters of the lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, MultipleDropdownFilter, RangeDateFilter

from appointments import completeness
from appointments.admin.when import Period, bounds, reader_zone, within
from appointments.models import AppointmentChange, Attendee
from appointments.models.appointment import LocationType, Status, SyncStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

Choices = Sequence[tuple[str, Any]]

TO_DECIDE = frozenset({"decide", "staff", "conflict", "orphaned"})
"""Values of AttentionFilter that stand for what waits for a person."""

# What is over, and noted as such, is nobody's trouble any more.
_LOST = Q(sync_status=SyncStatus.ORPHANED, status__in=[Status.PENDING, Status.CONFIRMED])
_UNDECIDED = Q(sync_status__in=[SyncStatus.NEEDS_STAFF, SyncStatus.CONFLICT]) | _LOST


class PeriodFilter(DropdownFilter):
    """Rows whose moment lies in a span of days, as the reader's clock has it."""

    title = _("period")
    parameter_name = "period"
    field = "starts_at"
    periods: Sequence[Period] = (
        Period.TODAY,
        Period.TOMORROW,
        Period.WEEK,
        Period.NEXT_7_DAYS,
        Period.UPCOMING,
        Period.PAST,
    )

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The spans on offer."""
        return [(period.value, period.label) for period in self.periods]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen span."""
        value = self.value()
        if value not in set(self.periods):
            return queryset
        return queryset.filter(**within(self.field, bounds(value, reader_zone(request))))


class DayRangeFilter(RangeDateFilter):
    """From a day to a day, both included, as the reader's clock and language have it."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen days. What is no date narrows nothing."""
        zone = reader_zone(request)
        first, last = (self._day(f"{self.parameter_name}_{end}") for end in ("from", "to"))
        start = datetime.combine(first, time.min, tzinfo=zone) if first else None
        ends = last is not None and last < date.max  # no day follows the last one that there is
        end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone) if ends else None
        return queryset.filter(**within(self.field_path, (start, end)))

    def _day(self, name: str) -> Any:
        try:
            return forms.DateField(required=False).clean(self.used_parameters.get(name))
        except forms.ValidationError:
            return None


class LocationFilter(MultipleDropdownFilter):
    """Where appointments happen; several kinds at once."""

    title = _("location type")
    parameter_name = "location"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """All kinds, and none."""
        kinds = [(kind.value, kind.label) for kind in LocationType]
        return [*kinds, ("none", _("no location"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen kinds."""
        chosen = set(self.value() or ())
        return (
            queryset.filter(location_type__in={"" if kind == "none" else kind for kind in chosen})
            if chosen
            else queryset
        )


class _YesNoFilter(DropdownFilter):
    condition: Q | Exists

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(self.condition)
            case "no":
                return queryset.filter(~self.condition)
            case _:
                return queryset


class HasAttendeesFilter(_YesNoFilter):
    """Appointments that somebody attends."""

    title = _("attendees")
    parameter_name = "attendees"
    condition = Exists(Attendee.objects.filter(appointment=OuterRef("pk"), state=Attendee.State.ACTIVE))


class RecurringFilter(_YesNoFilter):
    """Appointments of a series, made here or at Cal.com."""

    title = _("recurring")
    parameter_name = "recurring"
    condition = Q(is_recurring=True) | Q(series_id__isnull=False)


class AttentionFilter(DropdownFilter):
    """Appointments that somebody should look at."""

    title = _("attention")
    parameter_name = "attention"
    conditions = {
        "decide": (_("waits for a decision"), _UNDECIDED),
        "staff": (_("not sent: needs staff"), Q(sync_status=SyncStatus.NEEDS_STAFF)),
        "conflict": (_("conflict"), Q(sync_status=SyncStatus.CONFLICT)),
        "orphaned": (_("unknown at Cal.com"), _LOST),
        "review": (_("needs a second look"), Q(requires_manual_review=True)),
        "double": (_("double-booked"), Q(is_double_booked=True)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The reasons."""
        return [(name, label) for name, (label, _condition) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to one reason."""
        return self.narrowed(queryset, self.value() or "")

    @classmethod
    def narrowed(cls, rows: QuerySet[Any], name: str) -> QuerySet[Any]:
        """Rows that somebody should look at for this reason; all of them for a name that is none."""
        chosen = cls.conditions.get(name)
        return rows.filter(chosen[1]) if chosen else rows


class GapsFilter(DropdownFilter):
    """Appointments that lack what their booking could tell."""

    title = _("gaps")
    parameter_name = completeness.GAPS

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The columns."""
        return completeness.labels()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to what lacks one column."""
        value = self.value()
        return queryset.filter(completeness.lacking(value)) if value in completeness.NAMES else queryset


class CancelledFilter(DropdownFilter):
    """Appointments by the time at which they were cancelled, whenever they would have been."""

    title = _("cancelled in the")
    parameter_name = "cancelled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The spans on offer."""
        return [(Period.LAST_7_DAYS.value, Period.LAST_7_DAYS.label)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to what was cancelled then and still is."""
        if self.value() != Period.LAST_7_DAYS:
            return queryset
        return cancelled_since(queryset, bounds(Period.LAST_7_DAYS, reader_zone(request)))


def cancelled_since(rows: QuerySet[Any], span: tuple[datetime | None, datetime | None]) -> QuerySet[Any]:
    """Appointments that were cancelled within the span and still are."""
    changes = AppointmentChange.objects.filter(action=AppointmentChange.Action.CANCELLED, **within("occurred_at", span))
    return rows.filter(status=Status.CANCELLED, pk__in=changes.values("appointment"))
