"""Another process that has a company's turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from companies.locks import Purpose
from companies.models import Company


@contextmanager
def taken(purpose: Purpose, company: Company) -> Iterator[None]:
    """For as long as the block lasts; over a connection of its own."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [purpose.value, company.pk])
        yield
        with other.cursor() as cursor:  # to end the connection alone would give it back a little later
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [purpose.value, company.pk])
    finally:
        other.close()
