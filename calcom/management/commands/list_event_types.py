"""`manage.py list_event_types`: what Cal.com offers, and what it means here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from calcom.management.company_command import CompanyCommand, Report
from calcom.models import EventTypeMapping, MappingProposal
from calcom.reach import listed

if TYPE_CHECKING:
    from calcom.schemas.event_types import EventTypeRead
    from companies.models import Company


class Command(CompanyCommand):
    """Reads only. Lists may be 300 s old, and older, marked so, while Cal.com is away."""

    help = "Lists the event types that each company's key reaches, with the service that each is mapped to."

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """A line for each event type."""
        reached = listed(company, self.client(company), allow_stale=True).or_error()
        meanings = _meanings(company)
        facts = [_facts(one, meanings.get(one.id, _Meaning())) for one in reached.event_types]
        age = " (an old list: Cal.com is away)" if reached.is_stale else ""
        lines = [
            f"{len(facts)} event types{age}",
            *(_line(fact) for fact in facts),
            *reached.failures,
            *reached.warnings,
        ]
        return Report(
            lines,
            {
                "event_types": facts,
                "is_stale": reached.is_stale,
                "failures": reached.failures,
                "warnings": reached.warnings,
            },
            is_good=not reached.failures,
        )


class _Meaning(NamedTuple):
    """A service by name, and whether a person has yet to say that it is right."""

    service: str = ""
    is_proposed: bool = False


def _meanings(company: Company) -> dict[int, _Meaning]:
    waiting = MappingProposal.objects.for_company(company).filter(state=MappingProposal.State.WAITING)
    fields = ("event_type__calcom_id", "service__name")
    proposed = {number: _Meaning(name, True) for number, name in waiting.values_list(*fields)}
    mapped = EventTypeMapping.objects.for_company(company).values_list(*fields)
    return proposed | {number: _Meaning(name) for number, name in mapped}


def _facts(one: EventTypeRead, meaning: _Meaning) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "slug": one.slug,
        "minutes": one.length_in_minutes,
        "hidden": bool(one.hidden),
        "kind": one.scheduling_type or "personal",
        "hosts": one.host_ids,
        "service": "" if meaning.is_proposed else meaning.service,
        "proposed": meaning.service if meaning.is_proposed else "",
    }


def _line(fact: dict[str, Any]) -> str:
    hidden = ", hidden" if fact["hidden"] else ""
    hosts = ", ".join(map(str, fact["hosts"])) or "none"
    proposed = f"{fact['proposed']}? (proposed)" if fact["proposed"] else "not mapped"
    return (
        f"{fact['id']:>8}  {fact['title']} ({fact['slug']}), {fact['minutes']} min, {fact['kind']}{hidden}, "
        f"hosts {hosts} → {fact['service'] or proposed}"
    )
