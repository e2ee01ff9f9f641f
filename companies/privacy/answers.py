"""Answers of the API that are kept for Idempotency-Keys: they repeat what was booked, and for whom."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q

from companies.kept_answers import IdempotencyRecord
from companies.models import Company
from companies.privacy.person import Person
from companies.privacy.redaction import Redactor
from companies.privacy.tables import NOBODY, Table


def _theirs(person: Person) -> Q:
    """Answers that name them, or hold an appointment of theirs."""
    pattern = Redactor(person).contact_pattern
    named = Q(body__iregex=pattern) if pattern else NOBODY
    return reduce(or_, (Q(body__contains=str(uuid)) for uuid in sorted(person.uuids)), named)


# Empty, but there: a request that is repeated must not book a second time.
ANSWERS = Table(model=IdempotencyRecord, own=_theirs, blank={"body": "{}"}, mentions=("headers",))


def keys_of(company: Company, person: Person) -> list[str]:
    """Under which these answers are known to the cache as well."""
    rows = IdempotencyRecord.objects.for_company(company).filter(_theirs(person))
    return [key.hex for key in rows.values_list("key", flat=True)]
