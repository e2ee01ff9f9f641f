from __future__ import annotations

import pytest

from tests.sandbox.caller import Caller


@pytest.fixture
def api() -> Caller:
    """A sandbox of its own, asked as its first user."""
    return Caller()
