"""What opening hours and settings may hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from companies.models import Branch, Company
from companies.validators import opening_hours, storable_object


def problems(check: Callable[[Any], None], value: Any) -> list[str]:
    try:
        check(value)
    except ValidationError as error:
        return error.messages
    return []


@pytest.mark.parametrize(
    "hours",
    [
        {},
        {"mon": []},
        {"mon": ["09:00-18:00"], "sat": ["09:00-13:00"]},
        {"tue": ["09:00-12:00", "12:00-24:00"]},
    ],
)
def test_opening_hours_are_spans_of_weekdays(hours: Any) -> None:
    assert problems(opening_hours, hours) == []


@pytest.mark.parametrize(
    "hours",
    [
        [],
        "09:00-18:00",
        {"monday": ["09:00-18:00"]},
        {"mon": "09:00-18:00"},
        {"mon": [9]},
        {"mon": ["9-18"]},
        {"mon": ["09:00-25:00"]},
        {"mon": ["18:00-09:00"]},
        {"mon": ["09:00-09:00"]},
        {"mon": ["09:00-13:00", "12:00-18:00"]},
        {"a\0": []},
    ],
)
def test_what_is_no_opening_hours_is_refused(hours: Any) -> None:
    with pytest.raises(ValidationError):
        opening_hours(hours)


@pytest.mark.parametrize("settings", [[], "text", 7, {"a": "\0"}, {"a": {"b\0": 1}}])
def test_settings_are_an_object_that_can_be_stored(settings: Any) -> None:
    with pytest.raises(ValidationError):
        storable_object(settings)


def test_a_nul_in_opening_hours_is_a_sentence_and_no_error(owner: Client, company: Company) -> None:
    form = {
        "name": "Nord",
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "hours": '{"a": "\\u0000"}',
        "is_active": "on",
    }
    page = owner.post(reverse("admin:companies_branch_add"), form)
    assert (page.status_code, Branch.objects.count()) == (200, 0)
    assert "NUL characters cannot be stored." in page.text


def test_the_list_of_companies_needs_no_key(owner: Client, company: Company, settings: Any) -> None:
    company.calcom_api_key = "cal_secret"
    company.save()
    settings.FIELD_ENCRYPTION_KEYS = []
    assert "connected" in owner.get(reverse("admin:companies_company_changelist")).text
