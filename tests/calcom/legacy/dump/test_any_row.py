"""Whatever stands in a row, it becomes a draft, or is refused in words."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calcom.legacy.dump.cells import Cells
from calcom.legacy.dump.errors import LeftOut, Unusable
from calcom.legacy.dump.taking import _READING
from calcom.models import LegacyRow
from companies.models import Company
from tests.calcom.legacy.dump import dumps

ODD: list[Any] = [
    "",
    "NULL",
    "0000-00-00",
    "{",
    '{"a": [1]}',
    "[{}]",
    '"\\"x\\""',
    "-1",
    "9" * 40,
    "1e400",
    "\u00e4" * 3000,
    1.5,
]
anything = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
)
MORE = {
    "branch": ("business_hours", "country", "calcom_team_id"),
    "staff": ("home_branch_id", "calendar_color", "can_book_appointments", "phone"),
    "service": ("buffer_time_minutes", "requires_confirmation", "minimum_booking_notice"),
    "customer": ("first_name", "language", "notes", "deleted_at"),
    "appointment": ("attendees", "responses", "booking_metadata", "metadata", "price", "calcom_v2_booking_id", "title"),
}


@pytest.mark.parametrize("name", list(MORE))
@settings(suppress_health_check=[HealthCheck.too_slow])  # while it looks the alphabet up
@given(data=st.data())
def test_a_row_of_odd_values_is_read_or_refused_in_words(name, data):
    row = getattr(dumps, name)()
    columns = data.draw(st.lists(st.sampled_from([*row, *MORE[name]]), max_size=4))
    values = row | {column: data.draw(anything) for column in columns}
    cells = Cells(values, zone=ZoneInfo("Europe/Berlin"))
    refusal = "none"
    try:
        _READING[LegacyRow.Kind(name)](cells, Company(name="Salon"))
    except (Unusable, LeftOut) as error:
        refusal = str(error)
    assert refusal.strip()
