"""`manage.py map_entities`: suggestions with their confidence; nothing ambiguous is mapped by itself."""

from __future__ import annotations

from typing import Any

import pytest

from calcom.models import EventType, EventTypeMapping, HostMapping, HostMappingAudit, MappingProposal
from companies.locks import Purpose
from companies.models import Company
from tests.command_line import Shell
from tests.factories import CompanyFactory, StaffFactory
from tests.portal.factories import EventTypeFactory, HostMappingFactory, ServiceFactory
from tests.turns import taken

TABLES = (EventTypeMapping, HostMapping, HostMappingAudit, MappingProposal)
OLGA = 1


def written() -> list[Any]:
    return [list(table.objects.order_by("pk").values()) for table in TABLES]


def host(company: Company, number: int, name: str) -> HostMapping:
    """A user of Cal.com's of whom the last sync was not sure."""
    return HostMappingFactory.create(
        company=company, calcom_user_id=number, calcom_name=name, staff=None, state="proposed", source="name"
    )


def offered(company: Company, title: str, number: int = 700, **more: Any) -> EventType:
    facts = {"host_ids": [OLGA], "length_min": 30, "is_listed": True} | more
    return EventTypeFactory.create(company=company, calcom_id=number, title=title, **facts)


@pytest.fixture
def olga(company: Company) -> HostMapping:
    staff = StaffFactory.create(company=company, name="Olga")
    return HostMappingFactory.create(company=company, calcom_user_id=OLGA, calcom_name="Olga", staff=staff)


@pytest.fixture
def cut(company: Company):
    return ServiceFactory.create(company=company, name="Haarschnitt Damen", duration_min=30)


def test_suggestions_are_a_table_and_nothing_is_written(shell: Shell, company, olga, cut):
    StaffFactory.create(company=company, name="Katharina Hoffmann")
    host(company, 5, "Katarina Hoffmann")
    offered(company, "Haarschnitt Dame")
    before = written()
    ended = shell("map_entities", "--all")
    assert ended.out.startswith("Salon Nord: would be: 2 mapped, 0 suggested, 0 unlike\n")
    assert "Katarina Hoffmann (5)" in ended.out
    assert written() == before


def test_auto_takes_over_what_is_sure_enough(shell: Shell, company, olga, cut):
    kathi = StaffFactory.create(company=company, name="Katharina Hoffmann")
    row = host(company, 5, "Katarina Hoffmann")
    offered(company, "Haarschnitt Dame")
    ended = shell("map_entities", "--company", company.slug, "--auto")
    assert (ended.status, "Salon Nord: 2 mapped" in ended.out) == (0, True)
    row.refresh_from_db()
    assert (row.staff, row.state, row.reason) == (kathi, "confirmed", "similar_name")
    assert HostMappingAudit.objects.get(host=row).after["state"] == "confirmed"
    mapping = EventTypeMapping.objects.get()
    assert (mapping.service, mapping.staff, mapping.agreed["length_min"]) == (cut, olga.staff, 30)


def test_a_second_run_finds_nothing_more_to_do(shell: Shell, company, olga, cut):
    offered(company, "Haarschnitt Damen")
    shell("map_entities", "--all", "--auto")
    before = written()
    assert "nothing waits" in shell("map_entities", "--all", "--auto").out
    assert written() == before


def test_a_higher_threshold_leaves_it_to_a_person(shell: Shell, company, olga, cut):
    offered(company, "Haarschnitt Dame")
    ended = shell("map_entities", "--all", "--auto", "--threshold", "90", "--json")
    assert (ended.facts["mapped"], ended.facts["suggested"]) == (0, 1)
    (one,) = ended.facts["suggestions"]
    assert (one["meaning"], one["confidence"], one["is_mapped"]) == ("Haarschnitt Damen, Olga", 80, False)


@pytest.mark.parametrize(
    ("titles", "services", "doubt"),
    [
        (["Haarschnitt Damen"], [("Haarschnitt Damen", 30), ("Haarschnitt Damen ", 30)], "several services fit"),
        (["Haarschnitt Damen"], [("Haarschnitt Damen", 60)], "the service has another length"),
        (["Farbe kurz"], [("Farbe kurze", 30), ("Farbe kurzer", 30)], "several services fit"),
        (["Bart", "Bart (30 Min)"], [("Bart", 30)], "another event type means the same"),
    ],
)
def test_what_is_ambiguous_is_never_mapped_by_itself(shell: Shell, company, olga, titles, services, doubt):
    for name, minutes in services:
        ServiceFactory.create(company=company, name=name, duration_min=minutes)
    for number, title in enumerate(titles):
        offered(company, title, 700 + number)
    ended = shell("map_entities", "--all", "--auto", "--threshold", "1")
    assert (ended.status, doubt in ended.out) == (0, True)
    assert not EventTypeMapping.objects.exists()
    assert MappingProposal.objects.filter(state="waiting").count() == len(titles)


def test_an_event_type_of_an_unknown_host_or_with_a_meaning_taken_waits(shell: Shell, company, olga, cut):
    offered(company, "Haarschnitt Damen", 700)
    shell("map_entities", "--all", "--auto")
    offered(company, "Haarschnitt Damen", 701)
    offered(company, "Haarschnitt Damen", 702, host_ids=[99])
    printed = shell("map_entities", "--all", "--auto", "--threshold", "1").out
    assert "another event type has this meaning already" in printed
    assert "who performs it is not known" in printed
    assert EventTypeMapping.objects.count() == 1


@pytest.mark.parametrize(
    ("users", "staff"),
    [
        (["Katarina Hoffmann", "Katharine Hoffmann"], ["Katharina Hoffmann"]),
        (["Katarina Hoffmann"], ["Katharina Hoffmann", "Katarine Hoffmann"]),
        (["Katharina Hoffmann", "Katharina Hoffmann"], ["Katharina Hoffmann"]),
    ],
)
def test_users_and_staff_who_could_be_several_wait(shell: Shell, company, users, staff):
    for name in staff:
        StaffFactory.create(company=company, name=name)
    for number, name in enumerate(users, start=5):
        host(company, number, name)
    shell("map_entities", "--all", "--auto", "--threshold", "1")
    assert not HostMapping.objects.filter(state="confirmed").exists()


def test_a_staff_member_who_is_somebody_already_is_not_given_again(shell: Shell, company):
    kathi = StaffFactory.create(company=company, name="Katharina Hoffmann")
    HostMappingFactory.create(company=company, calcom_user_id=4, staff=kathi)
    row = host(company, 5, "Katarina Hoffmann")
    shell("map_entities", "--all", "--auto", "--threshold", "1")
    row.refresh_from_db()
    assert row.state == "proposed"


def test_only_one_kind_is_looked_at_where_that_is_wanted(shell: Shell, company, olga, cut):
    StaffFactory.create(company=company, name="Katharina Hoffmann")
    host(company, 5, "Katarina Hoffmann")
    offered(company, "Haarschnitt Damen")
    assert {
        one["kind"] for one in shell("map_entities", "--all", "--type", "staff", "--json").facts["suggestions"]
    } == {"staff"}
    shell("map_entities", "--all", "--type", "services", "--auto")
    assert (EventTypeMapping.objects.count(), HostMapping.objects.filter(state="proposed").count()) == (1, 1)


def test_a_dry_run_of_auto_tells_the_same_and_writes_nothing(shell: Shell, company, olga, cut):
    offered(company, "Haarschnitt Damen")
    before = written()
    ended = shell("map_entities", "--all", "--auto", "--dry-run")
    assert "would be: 1 mapped, 0 suggested, 0 unlike" in ended.out
    assert written() == before


def test_a_strangers_users_services_and_staff_stay_out_of_it(shell: Shell, company, olga):
    elsewhere = CompanyFactory.create(slug="elsewhere")
    ServiceFactory.create(company=elsewhere, name="Haarschnitt Damen", duration_min=30)
    StaffFactory.create(company=elsewhere, name="Katharina Hoffmann")
    offered(company, "Haarschnitt Damen")
    host(company, 5, "Katharina Hoffmann")
    before = written()
    assert "nothing waits" in shell("map_entities", "--company", "elsewhere", "--auto").out
    assert written() == before
    assert shell("map_entities", "--company", company.slug, "--auto", "--json").facts["unlike"] == 2


def test_while_a_sync_runs_nothing_is_done(shell: Shell, company, olga, cut):
    offered(company, "Haarschnitt Damen")
    with taken(Purpose.EVENT_TYPES, company):
        ended = shell("map_entities", "--all", "--auto")
    assert (ended.status, ended.out) == (1, "Salon Nord: nothing was done: a sync of this company is running\n")


@pytest.mark.parametrize("words", [[], ["--all", "--type", "rooms"], ["--all", "--threshold", "101"]])
def test_wrong_usage(shell: Shell, company, words):
    assert shell("map_entities", *words).status == 2
