"""The transaction in which written lines of histories may be changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from companies.locks import Purpose, take_turn
from companies.models import Company


@contextmanager
def erasing(company: Company) -> Iterator[None]:
    """One transaction: triggers of append-only tables let changes pass, and no news is applied meanwhile."""
    with transaction.atomic():
        take_turn(Purpose.NEWS, company.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('slotkeeper.erasing', 'on', true)")
        yield
