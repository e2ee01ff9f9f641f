"""A run that brings old data over."""

from __future__ import annotations

import pytest

from calcom.legacy.runs import Kind, begin
from calcom.models import LegacyRun
from companies.models import Company


@pytest.fixture
def run(company: Company) -> LegacyRun:
    """Begun, and nothing done yet."""
    return begin(company, Kind.DUMP, source="old.csv")
