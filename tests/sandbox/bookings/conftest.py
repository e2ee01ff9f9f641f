from __future__ import annotations

import pytest

from tests.sandbox.bookings.desk import Desk


@pytest.fixture
def desk() -> Desk:
    """A salon's sandbox of its own."""
    return Desk()
