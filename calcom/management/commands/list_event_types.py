"""`manage.py list_event_types`: what Cal.com offers, and what it means here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcom.client import CalcomClient
from calcom.management.company_command import CompanyCommand, Report
from calcom.models import EventTypeMapping
from calcom.reach import listed

if TYPE_CHECKING:
    from calcom.schemas.event_types import EventTypeRead
    from companies.models import Company


class Command(CompanyCommand):
    """Reads only. Lists may be 300 s old, and older, marked so, while Cal.com is away."""

    help = "Lists the event types that each company's key reaches, with the service that each is mapped to."

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """A line for each event type."""
        reached = listed(CalcomClient(company), allow_stale=True)
        mappings = EventTypeMapping.objects.for_company(company).select_related("event_type", "service")
        services = {mapping.event_type.calcom_id: mapping.service.name for mapping in mappings}
        facts = [_facts(one, services.get(one.id, "")) for one in reached.event_types]
        age = " (an old list: Cal.com is away)" if reached.is_stale else ""
        lines = [f"{len(facts)} event types{age}", *(_line(fact) for fact in facts), *reached.failures]
        return Report(
            lines,
            {"event_types": facts, "is_stale": reached.is_stale, "failures": reached.failures},
            is_good=not reached.failures,
        )


def _facts(one: EventTypeRead, service: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "slug": one.slug,
        "minutes": one.length_in_minutes,
        "hidden": bool(one.hidden),
        "kind": one.scheduling_type or "personal",
        "hosts": one.host_ids,
        "service": service,
    }


def _line(fact: dict[str, Any]) -> str:
    hidden = ", hidden" if fact["hidden"] else ""
    hosts = ", ".join(map(str, fact["hosts"])) or "none"
    return (
        f"{fact['id']:>8}  {fact['title']} ({fact['slug']}), {fact['minutes']} min, {fact['kind']}{hidden}, "
        f"hosts {hosts} → {fact['service'] or 'not mapped'}"
    )
