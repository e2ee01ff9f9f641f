"""When is somebody free? An offered time is a bookable time.

Offered is what the booking backend offers for the event type of that staff member, service and branch, without what is
booked or held here, without buffers, notice, horizon, closed hours and absences. There are three answers, never two:
free, not free and why, and not known because the backend did not answer. Whatever asks the backend is never called
inside a transaction.
"""

from appointments.availability.alternatives import alternatives
from appointments.availability.check import check
from appointments.availability.explain import explain, explain_day
from appointments.availability.free import next_free, slots
from appointments.availability.grid import day_view, week
from appointments.availability.values import (
    Alternative,
    Alternatives,
    Answer,
    Availability,
    Available,
    Cell,
    Column,
    Day,
    DayView,
    ExplainedDay,
    Explanation,
    Kind,
    NextFree,
    Query,
    Reason,
    Slot,
    Step,
    Unavailable,
    Unknown,
    Verdict,
    Week,
)

__all__ = [
    "Alternative",
    "Alternatives",
    "Answer",
    "Availability",
    "Available",
    "Cell",
    "Column",
    "Day",
    "DayView",
    "ExplainedDay",
    "Explanation",
    "Kind",
    "NextFree",
    "Query",
    "Reason",
    "Slot",
    "Step",
    "Unavailable",
    "Unknown",
    "Verdict",
    "Week",
    "alternatives",
    "check",
    "day_view",
    "explain",
    "explain_day",
    "next_free",
    "slots",
    "week",
]
