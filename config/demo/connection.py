"""Where the demo's companies have their Cal.com: the sandbox of the stack, whose port may change with every start."""

from __future__ import annotations

from urllib.parse import urlsplit

from calcom import tasks
from companies.models import Company
from companies.validators import is_loopback
from config.demo.cast import PRACTICE, SALON


def connect(calcom_url: str) -> None:
    """Write the address down, but where somebody has connected a company to another Cal.com since.

    The worker reads at once who hosts what there: without that no staff member can be chosen for a booking.
    """
    for company in Company.objects.filter(slug__in=[SALON.slug, PRACTICE.slug]):
        if not company.calcom_base_url or is_loopback(urlsplit(company.calcom_base_url).hostname or ""):
            Company.objects.filter(pk=company.pk).update(calcom_base_url=calcom_url)
            tasks.sync_company.apply_async((company.pk,), expires=tasks.EXPIRES_S)
