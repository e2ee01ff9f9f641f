"""Branches, staff members and services: from the predecessor's columns to ours. No database."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError

from appointments.models import Service
from calcom.legacy.dump.cells import Cells
from calcom.legacy.dump.drafts import Draft
from calcom.legacy.dump.errors import Unusable
from calcom.legacy.dump.tables import LENGTH, SERVICE_NAME, Kind
from calcom.mapping.people import known_zone
from companies.models import Branch, Company, Staff
from companies.validators import WEEKDAYS, opening_hours

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_COUNTRIES = {"deutschland": "DE", "germany": "DE", "österreich": "AT", "austria": "AT", "schweiz": "CH"}
_OPENS, _CLOSES, _IS_OPEN = ("start", "open", "from", "opens"), ("end", "close", "to", "closes"), ("enabled", "is_open")


def branch(cells: Cells, company: Company) -> Draft[Branch]:
    """A branch. Raises Unusable."""
    return Draft(
        Branch(
            company=company,
            name=named(cells, "name"),
            street=cells.cut("address", "street", longest=200),
            postal_code=cells.cut("postal_code", longest=20),
            city=cells.cut("city", longest=100),
            country=_country(cells),
            time_zone=_zone(cells, company),
            hours=_hours(cells),
            calcom_team_id=_other_team(cells, company),
            is_active=_is_active(cells),
        )
    )


def staff(cells: Cells, company: Company) -> Draft[Staff]:
    """A staff member. Raises Unusable."""
    is_active = _is_active(cells)
    color = cells.cut("calendar_color", "color_code", "color", longest=7)
    row = Staff(
        company=company,
        name=named(cells, "name"),
        email=cells.email("email"),
        phone=cells.phone("phone", "mobile"),
        is_active=is_active,
        is_bookable=is_active
        and cells.flag("is_bookable", default=True)
        and cells.flag("can_book_appointments", default=True),
    )
    if _COLOR.fullmatch(color):
        row.color = color
    home = cells.key("home_branch_id") or cells.key("branch_id")
    return Draft(row, {"home_branch": (Kind.BRANCH, home)} if home else {})


def service(cells: Cells, company: Company) -> Draft[Service]:
    """A service; lengths are minutes. Raises Unusable."""
    duration = cells.whole(*LENGTH, highest=1440)
    if not duration:
        raise Unusable(f"{LENGTH[0]} is missing")
    price, currency = cells.money("price")
    row = Service(
        company=company,
        name=named(cells, *SERVICE_NAME),
        description=cells.cut("description", longest=20_000),
        duration_min=duration,
        buffer_before_min=cells.whole("before_event_buffer", highest=480) or 0,
        buffer_after_min=cells.whole("buffer_time_minutes", "buffer_minutes", highest=480) or 0,
        notice_min=cells.whole("minimum_booking_notice", highest=1_000_000) or 0,
        price=price,
        currency=currency or usual_currency(company),
        requires_confirmation=cells.flag("requires_confirmation"),
        is_active=_is_active(cells),
    )
    return Draft(row)


def named(cells: Cells, *columns: str) -> str:
    """The name, which must not be missing."""
    name = cells.text(*columns, longest=200)
    if not name:
        raise Unusable(f"{columns[0]} is empty")
    return name


def usual_currency(company: Company) -> str:
    """The currency of what names none."""
    code = str(company.settings.get("currency") or "")
    return code if re.fullmatch("[A-Z]{3}", code) else "EUR"


def _is_active(cells: Cells) -> bool:
    """What the predecessor had deleted is kept, switched off: old appointments name it."""
    return cells.flag("is_active", default=True) and not cells.has("deleted_at")


def _country(cells: Cells) -> str:
    text = cells.cut("country", longest=60)
    return text.upper() if len(text) == 2 else _COUNTRIES.get(text.lower(), "")


def _zone(cells: Cells, company: Company) -> Any:
    text = cells.cut("timezone", "time_zone", longest=64)
    if text and not known_zone(text):
        cells.remarks.append(f"there is no time zone “{text}”; it gets the company's")
    return known_zone(text) or company.time_zone


def _other_team(cells: Cells, company: Company) -> int | None:
    team = cells.whole("calcom_team_id")
    return None if team == company.calcom_team_id else team


def _hours(cells: Cells) -> dict[str, list[str]]:
    told = cells.json("business_hours", "opening_hours")
    if not told:
        return {}
    try:
        hours = {day: spans for name, entry in dict(told).items() if (spans := _spans(entry)) for day in [_day(name)]}
        opening_hours(hours)
    except (ValueError, TypeError, ValidationError):
        cells.remarks.append("business_hours cannot be read; the branch has no opening hours yet")
        return {}
    return hours


def _day(name: str) -> str:
    short = name.strip().lower()[:3]
    if short not in WEEKDAYS:
        raise ValueError(name)
    return short


def _spans(entry: Any) -> list[str]:
    """A day's hours as "09:00-18:00": from such texts, or from objects with a beginning and an end."""
    if isinstance(entry, list):
        return [span for part in entry for span in _spans(part)]
    if isinstance(entry, str):
        return [entry.replace(" ", "").replace("–", "-")] if entry.strip()[:1].isdigit() else []
    if not isinstance(entry, dict) or entry.get("closed") or any(entry.get(name) is False for name in _IS_OPEN):
        return []
    opens, closes = (
        next((str(entry[name])[:5] for name in names if entry.get(name)), "") for names in (_OPENS, _CLOSES)
    )
    return [f"{opens}-{closes}"] if opens and closes else []
