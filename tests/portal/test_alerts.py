"""Alert settings and incidents in the portal."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from companies.alerts import OF_COMPANIES
from companies.models import AlertMessage, AlertSettings, Company, Incident
from config.watch import incidents, one_round
from config.watch.rounds import BEAT_KEY
from tests.factories import CompanyFactory
from tests.portal.conftest import As
from tests.portal.factories import AlertSettingsFactory, IncidentFactory

PAGE = "/admin/companies/alertsettings/"
INCIDENTS = "/admin/companies/incident/"
HOOK = "https://hooks.example.com/salon"


@pytest.fixture(autouse=True)
def _nobody_watches() -> None:
    cache.clear()


def form(**values: Any) -> dict[str, Any]:
    """What the page posts where nothing was changed."""
    every = [kind.value for kind in OF_COMPANIES]
    return {"addresses": "", "language": "", "told": every, "webhook_url": "", "new_secret": ""} | values


def saved(client: Client, **values: Any) -> AlertSettings | None:
    """The row after the form was posted; None where it was refused."""
    row = AlertSettings.objects.first()
    answer = client.post(f"{PAGE}{row.pk}/change/" if row else f"{PAGE}add/", form(**values))
    return AlertSettings.objects.get() if answer.status_code == 302 else None


def test_an_owner_says_who_is_told_and_when_not(owner: Client, company: Company) -> None:
    entered = {"addresses": "a@example.com\r\nb@example.com", "quiet_from": "22:00", "quiet_until": "07:00"}
    row = saved(owner, told=["needs_staff", "key_refused"], **entered)
    assert row is not None
    assert (row.company, row.address_list) == (company, ["a@example.com", "b@example.com"])
    assert (row.quiet_from, row.quiet_until) == (time(22), time(7))
    assert set(row.switched_off) == set(OF_COMPANIES) - {"needs_staff", "key_refused"}
    ticked = re.findall(r'name="told" value="(\w+)"[^>]* checked[ >]', owner.get(f"{PAGE}{row.pk}/change/").text)
    assert ticked == ["needs_staff", "key_refused"]


@pytest.mark.parametrize(
    "values",
    [
        {"addresses": "nobody"},
        {"addresses": "a@example.com, b@example.com"},
        {"addresses": f"{'a' * 243}@example.com"},
        {"addresses": '"a\x0bb"@example.com'},
        {"addresses": "\n".join(f"a{n}@example.com" for n in range(21))},
        {"quiet_from": "22:00"},
        {"quiet_from": "22:00", "quiet_until": "22:00"},
        {"told": ["worker_silent"]},
        {"webhook_url": HOOK},
        {"webhook_url": "http://hooks.example.com/", "new_secret": "long enough"},
        {"webhook_url": "https://10.0.0.5/", "new_secret": "long enough"},
        {"webhook_url": "http://127.0.0.1:6379/", "new_secret": "long enough"},
        {"webhook_url": "https://metadata/", "new_secret": "long enough"},
        {"webhook_url": "https://[64:ff9b::a00:5]/", "new_secret": "long enough"},
        {"webhook_url": "https://[2002:a00:5::]/", "new_secret": "long enough"},
        {"webhook_url": "https://[fec0::5]/", "new_secret": "long enough"},
        {"webhook_url": HOOK, "new_secret": "short"},
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(owner: Client, values: dict[str, Any]) -> None:
    assert saved(owner, **values) is None
    assert not AlertSettings.objects.exists()


def test_empty_lines_are_no_addresses(owner: Client) -> None:
    row = saved(owner, addresses="\r\n\r\n".join(f"a{n}@example.com" for n in range(20)))
    assert row is not None
    assert len(row.address_list) == 20


def test_the_secret_is_kept_encrypted_and_never_shown(owner: Client) -> None:
    row = saved(owner, webhook_url=HOOK, new_secret="hook-geheim")
    assert row is not None
    assert row.webhook_secret == "hook-geheim"
    assert "hook-geheim" not in owner.get(f"{PAGE}{row.pk}/change/").text
    with connection.cursor() as cursor:
        cursor.execute("SELECT webhook_secret FROM companies_alertsettings")
        assert "hook-geheim" not in cursor.fetchone()[0]
    assert (kept := saved(owner, webhook_url=f"{HOOK}/2"))
    assert kept.webhook_secret == "hook-geheim"


def test_another_server_gets_another_secret(owner: Client) -> None:
    assert saved(owner, webhook_url=HOOK, new_secret="hook-geheim")
    assert saved(owner, webhook_url="https://elsewhere.example.com/") is None


def test_an_operator_may_name_what_lies_inside_and_an_owner_cannot_move_it(
    operator: Client, owner: Client, company: Company
) -> None:
    row = AlertSettingsFactory.create(company=company)
    assert saved(operator, webhook_url="https://10.0.0.5/x", new_secret="hook-geheim")
    row.refresh_from_db()
    assert row.may_reach_inside
    assert saved(owner, webhook_url="https://10.0.0.5/x", addresses="a@example.com")
    assert saved(owner, webhook_url="https://10.0.0.6/x", new_secret="hook-geheim") is None
    assert saved(owner, webhook_url=HOOK, new_secret="hook-geheim")
    row.refresh_from_db()
    assert not row.may_reach_inside


def test_whoever_only_reads_sees_the_server_and_not_the_rest_of_the_address(as_role: As, company: Company) -> None:
    address = "https://us:geheim@hooks.example.com:8443/services/T01/geheim?key=sehr-geheim"
    page = f"{PAGE}{AlertSettingsFactory.create(company=company, webhook_url=address).pk}/change/"
    told = as_role("auditor").get(page).text
    assert "hooks.example.com:8443" in told
    assert "geheim" not in told
    assert "sehr-geheim" in as_role("manager").get(page).text


def test_a_company_has_one_row(owner: Client, company: Company) -> None:
    AlertSettingsFactory.create(company=company)
    assert owner.get(f"{PAGE}add/").status_code == 403


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("manager", True), ("auditor", False), ("staff", False)])
def test_managers_and_owners_send_a_test(as_role: As, company: Company, role: str, may: bool) -> None:
    row = AlertSettingsFactory.create(company=company, addresses="a@example.com")
    as_role(role).post(f"{PAGE}{row.pk}/send_test/", {"_form_submitted": "True"})
    assert Incident.objects.filter(company=company, kind="test").exists() == may
    assert list(AlertMessage.objects.values_list("address", flat=True)) == (["a@example.com"] if may else [])


def test_nobody_mails_strangers_all_day_long_by_the_button(company: Company) -> None:
    AlertSettingsFactory.create(company=company, addresses="a@example.com")
    now = timezone.now()
    sent = [incidents.test(company, now=now + timedelta(minutes=2 * number)) for number in range(12)]
    assert [one is not None for one in sent] == [True] * 10 + [False] * 2
    assert incidents.test(company, now=now + timedelta(days=1, minutes=1)) is not None


def test_looking_at_the_button_sends_nothing(owner: Client, company: Company) -> None:
    row = AlertSettingsFactory.create(company=company)
    assert owner.get(f"{PAGE}{row.pk}/send_test/").status_code == 200
    assert not Incident.objects.exists()


def test_a_stranger_sends_none_and_reads_nothing(stranger: Client, company: Company) -> None:
    row = AlertSettingsFactory.create(company=company)
    assert stranger.post(f"{PAGE}{row.pk}/send_test/", {"_form_submitted": "True"}).status_code in {302, 403, 404}
    assert not Incident.objects.exists()
    assert row.addresses not in stranger.get(PAGE).text


def test_the_test_arrives_with_the_next_round_and_its_page_says_so(owner, company: Company, mailoutbox) -> None:
    row = AlertSettingsFactory.create(company=company, addresses="a@example.com")
    cache.delete(BEAT_KEY)
    send = {"_form_submitted": "True"}
    owner.post(f"{PAGE}{row.pk}/send_test/", send)
    assert "Nobody watches" in owner.get(PAGE).text
    one_round()
    owner.post(f"{PAGE}{row.pk}/send_test/", send)
    assert "within the last minute" in owner.get(PAGE).text
    assert [one.to for one in mailoutbox] == [["a@example.com"]]
    page = owner.get(f"{INCIDENTS}{Incident.objects.get(kind='test').pk}/change/").text
    assert "a@example.com" in page
    assert "This is a test of the alerts." in page


def test_incidents_are_listed_with_their_numbers(owner: Client, company: Company) -> None:
    IncidentFactory.create(company=company)
    IncidentFactory.create(company=company, kind="key_refused", facts={"unreadable": False}, opened_at=None)
    text = owner.get(INCIDENTS).text
    assert "2 appointments wait for a decision." in text
    assert "Cal.com refuses" not in text


def test_what_is_nobodys_only_operators_see(owner: Client, operator: Client) -> None:
    CompanyFactory.create()
    row = IncidentFactory.create(company=None, kind="worker_silent", facts={"redis": False})
    assert "Redis does not answer" in operator.get(f"{INCIDENTS}{row.pk}/change/").text
    assert "Redis does not answer" not in owner.get(INCIDENTS).text
    assert owner.get(f"{INCIDENTS}{row.pk}/change/").status_code == 302


def test_nobody_writes_an_incident(owner: Client, company: Company) -> None:
    row = IncidentFactory.create(company=company)
    assert owner.get(f"{INCIDENTS}add/").status_code == 403
    assert owner.post(f"{INCIDENTS}{row.pk}/delete/", {"post": "yes"}).status_code == 403
