"""A process of its own that books one appointment: says that it is ready, waits for a word, books."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit


def main(database: str, company_id: int, service_id: int, staff_id: int, minutes: int) -> None:
    """Book tomorrow at noon and some minutes."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    os.environ["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{database}"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django  # noqa: PLC0415 - the settings are read with this

    django.setup()
    from django.conf import settings  # noqa: PLC0415 - models can be imported only after setup
    from django.utils import timezone  # noqa: PLC0415

    from appointments.backends import AttendeeSnapshot  # noqa: PLC0415
    from appointments.booking import Actor, book  # noqa: PLC0415
    from appointments.errors import SlotTaken  # noqa: PLC0415
    from appointments.models import Service  # noqa: PLC0415
    from appointments.models.history import Side  # noqa: PLC0415
    from companies.models import Company, Staff  # noqa: PLC0415

    settings.BOOKING_BACKEND = "tests.backends.memory.MemoryBackend"
    noon = (timezone.now() + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    values = {
        "service": Service.objects.get(pk=service_id),
        "staff": Staff.objects.get(pk=staff_id),
        "starts_at": noon + timedelta(minutes=minutes),
        "attendees": [AttendeeSnapshot(name="P", email=f"p{minutes}@example.com")],
        "actor": Actor(side=Side.API),
    }
    company = Company.objects.get(pk=company_id)
    print("ready", flush=True)  # noqa: T201 - this is how the processes are started together
    sys.stdin.readline()
    try:
        book(company, **values)  # type: ignore[arg-type]  # built from values of many types
        print("booked")  # noqa: T201
    except SlotTaken:
        print("taken")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], *(int(value) for value in sys.argv[2:]))
