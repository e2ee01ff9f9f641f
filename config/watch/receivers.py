"""Who is told of an incident, by which way, and from when on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from companies.alerts import Kind
from companies.models import AlertMessage, AlertSettings, Membership, User

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import time

    from companies.models import Company, Incident

Channel = AlertMessage.Channel
Receiver = tuple[AlertMessage.Channel, str]

URGENT = frozenset({Kind.DELIVERIES_LATE, Kind.SIGNATURE, Kind.KEY_REFUSED, Kind.TEST})
"""What gets worse, or is lost, while nobody looks. The rest waits for the end of the quiet hours."""


def settings_of(company: Company) -> AlertSettings:
    """What the company wants; the defaults where it has not said. The secret is read when it is needed."""
    rows = AlertSettings.objects.for_company(company).defer("webhook_secret")
    return rows.first() or AlertSettings(company=company)


def receivers_of(incident: Incident) -> list[Receiver]:
    """Everybody who is to be told, each once. Nobody where the company has switched this kind off."""
    company = incident.company
    if company is None:
        return [(Channel.MAIL, address) for address in _operators()]
    wanted = settings_of(company)
    if incident.kind in wanted.switched_off:
        return []
    mails = dict.fromkeys(wanted.address_list or _owners(company))
    hooks = [(Channel.WEBHOOK, "")] if wanted.webhook_url else []
    return [*((Channel.MAIL, address) for address in mails), *hooks]


def told_from(incident: Incident, *, now: datetime) -> datetime:
    """Now; or when the company's quiet hours end, where it is not urgent."""
    if incident.company is None or incident.kind in URGENT:
        return now
    return quiet_end(incident.company, now=now) or now


def quiet_end(company: Company, *, now: datetime) -> datetime | None:
    """When the quiet hours end that the company has now; None where it has none."""
    wanted = settings_of(company)
    if wanted.quiet_from is None or wanted.quiet_until is None:
        return None
    return quiet_until(now, wanted.quiet_from, wanted.quiet_until, ZoneInfo(str(company.time_zone)))


def quiet_until(now: datetime, begins: time, ends: time, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end in which `now` lies, as clocks in the zone show them; None where it lies in none."""
    today = now.astimezone(zone).date()
    for first in (today - timedelta(days=1), today):
        last = first if begins < ends else first + timedelta(days=1)
        start, end = datetime.combine(first, begins, zone), datetime.combine(last, ends, zone)
        if start <= now < end:
            return end
    return None


def _owners(company: Company) -> Iterator[str]:
    owners = Membership.objects.for_company(company).filter(role=Membership.Role.OWNER, user__is_active=True)
    yield from owners.order_by("pk").values_list("user__email", flat=True)


def _operators() -> Iterator[str]:
    yield from User.objects.filter(is_superuser=True, is_active=True).order_by("pk").values_list("email", flat=True)
