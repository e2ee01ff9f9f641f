"""Customers: from the predecessor's columns to ours. No database."""

from __future__ import annotations

from appointments.models import Customer
from calcom.legacy.dump.cells import Cells
from calcom.legacy.dump.drafts import Draft
from calcom.legacy.dump.errors import LeftOut, Unusable
from companies.models import Company


def customer(cells: Cells, company: Company) -> Draft[Customer]:
    """A customer; addresses and numbers that the predecessor made up are none. Raises Unusable and LeftOut."""
    if cells.has("deleted_at"):
        raise LeftOut("the predecessor had deleted it")
    name = cells.cut("name", longest=255) or _from_parts(cells)
    email, phone = cells.email("email"), cells.phone("phone", "mobile")
    if not (name or email or phone):
        raise Unusable("has neither a name nor an e-mail address nor a phone number")
    row = Customer(
        company=company,
        name=name or email or phone,
        email=email,
        phone=phone,
        language=cells.cut("notification_language", "preferred_language", "language", longest=10),
        notes=cells.cut("notes", longest=20_000),
    )
    return Draft(row)


def _from_parts(cells: Cells) -> str:
    parts = (cells.cut("first_name", longest=120), cells.cut("last_name", longest=120))
    return " ".join(part for part in parts if part)
