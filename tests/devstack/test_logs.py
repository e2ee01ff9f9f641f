"""A whole stack at work, with bookings both ways, errors, wrong passwords and commands: its logs hold nobody's data.

Everything that was used is looked for in everything that was logged: keys, secrets, e-mail addresses, phone numbers,
and the uids of bookings, by which anybody may cancel them. PostgreSQL's own log is not ours, and not looked at.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.config.scrape import samples
from tests.deliveries.bodies import created, encode, sign
from tests.deliveries.cast import Booking, Person
from tests.devstack.stack import ROOT, Stack, wait_until

PASSED_BY = "nora.nirgends@example.com"
ADA = {"name": "Ada Kuehnlein", "email": "ada.kuehnlein@example.com", "phone": "+4930123456789"}
CARL = {"name": "Carl Clausen", "email": "carl.clausen@example.com", "phone": "+4930987654321"}
POISON = {"name": "Paula Poison", "email": "paula.poison@example.com", "phone": "+4930555666777"}
NAMES = ("Kuehnlein", "Clausen", "Poison")

SET_UP = f"""
import json
from django.db import connection
from calcom.models import EventTypeMapping
from companies.keys import Scope, issue
from companies.models import Company
salon = Company.objects.get(slug="friseur-1")
with connection.cursor() as cursor:
    cursor.execute('''
        CREATE FUNCTION poison() RETURNS trigger AS $$ BEGIN
            IF new.email = '{POISON["email"]}' THEN RAISE EXCEPTION 'no: % %', new.email, new.phone
                USING DETAIL = format('Failing row contains (%s)', new); END IF;
            RETURN new; END $$ LANGUAGE plpgsql;
        CREATE TRIGGER poison BEFORE INSERT ON appointments_attendee FOR EACH ROW EXECUTE FUNCTION poison()''')
plain = {{"service__requires_confirmation": False, "event_type__seats": None}}
mapping = EventTypeMapping.objects.filter(company=salon, **plain).earliest("pk")
key = issue(salon, name="Tests", scopes=[Scope.MANAGE], by=None)[1]
print("TOLD" + json.dumps({{"token": salon.webhook_token, "secret": salon.webhook_secret, "key": key,
    "event_type": mapping.event_type.calcom_id, "service": mapping.service_id}}))
"""
ALL_THAT_WAS_USED = """
import json
from appointments.models import Appointment, Attendee, Customer, FormerUid
from companies.models import Company, Staff, User
used = set()
for model, columns in {User: ["email"], Staff: ["email", "phone"], Customer: ["email", "phone"],
        Attendee: ["email", "phone", "seat_uid"], Appointment: ["calcom_booking_uid"], FormerUid: ["uid"],
        Company: ["webhook_token"]}.items():
    for row in model.objects.values_list(*columns):
        used |= {str(value) for value in row}
for company in Company.objects.all():
    used |= {company.calcom_api_key, *company.webhook_secrets}
print("TOLD" + json.dumps(sorted(used)))
"""


@dataclass
class Run:
    """A stack whose logs are JSON and of every level down to INFO."""

    stack: Stack
    facts: dict[str, Any]
    said: list[str] = field(default_factory=list)

    def call(self, method: str, address: str, **more: Any) -> requests.Response:
        return requests.request(method, f"{self.stack.address}{address}", timeout=30, **more)

    def api(self, method: str, address: str, **more: Any) -> requests.Response:
        return self.call(method, address, headers={"Authorization": f"Bearer {self.facts['key']}"}, **more)

    def deliver(self, body: Any, *, secret: str = "") -> requests.Response:
        raw = encode(body)
        signature = {"X-Cal-Signature-256": sign(raw, secret or self.facts["secret"])}
        return self.call("POST", f"/api/webhooks/calcom/{self.facts['token']}", data=raw, headers=signature)

    def command(self, *words: str) -> str:
        """What it prints; what it logs is kept."""
        ran = subprocess.run(
            [sys.executable, "-m", "devstack", *words],
            cwd=ROOT,
            env=self.stack.environment(LOG_JSON="true"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.said.append(ran.stderr)
        return ran.stdout

    def metric(self, name: str) -> float:
        return samples(self.call("GET", "/metrics").text).get(name, 0)

    def logged(self) -> str:
        files = [*(self.stack.var / "dev" / "log").glob("*.log"), *self.stack.var.glob("*.log")]
        files = [file for file in files if file.stem != "prepare"]  # the greeting, with the demo's names
        return "\n".join([*self.said, *(file.read_text() for file in files)])


def told(output: str) -> Any:
    return json.loads(output.partition("TOLD")[2])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    var = tmp_path_factory.mktemp("logs") / "var"
    stack = Stack(var=var)
    try:
        var.mkdir()
        files = {f"LOG_{name.upper()}_FILE": str(var / f"{name}.log") for name in ("calcom", "webhooks")}
        stack.start(LOG_JSON="true", EMAIL_URL="dummymail://", SLOTKEEPER_DEMO="yes", **files)
        started = Run(stack, {})
        started.facts = told(started.command("shell", "-c", SET_UP))
        work(started)
        yield started
    finally:
        stack.clear()


def work(run: Run) -> None:
    """All that goes well, and all that goes wrong."""
    _log_in(run)
    _book_here(run)
    _book_there(run)
    _go_wrong(run)
    for words in (
        ["test_connection", "--all"],
        ["sync_event_types", "--all"],
        ["sync_bookings", "--all"],
        ["list_event_types", "--all"],
        ["circuit_status", "--all"],
    ):
        run.command(*words, "-v", "2")
    # The poisonous one is tried again for some minutes.
    assert wait_until(lambda: run.metric("slotkeeper_webhooks_unprocessed") <= 1)
    retried = "slotkeeper_webhooks_processed_total{result=retry,trigger=BOOKING_CREATED}"
    assert wait_until(lambda: run.metric(retried) >= 1)
    assert wait_until(lambda: run.metric("slotkeeper_pushes_oldest_unsent_seconds") == 0)


def _log_in(run: Run) -> None:
    """In vain, and then well; and look for people."""
    browser, address = requests.Session(), run.stack.address
    secrets = json.loads((run.stack.var / "dev" / "secrets.json").read_text())
    for name, password in (
        (PASSED_BY, "geheim-und-falsch"),
        ("inhaber@example.com", "geheim-und-falsch"),
        ("inhaber@example.com", secrets["demo_password"]),
    ):
        page = browser.get(f"{address}/admin/login/")
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token, "next": "/admin/"}
        answer = browser.post(f"{address}/admin/login/", form, headers={"Referer": address})
    assert "sessionid" in browser.cookies
    for wanted in (ADA["email"], ADA["phone"], ADA["name"]):
        answer = browser.get(f"{address}/admin/appointments/customer/", params={"q": wanted})
        assert answer.status_code == 200


def _book_here(run: Run) -> None:
    booked = run.api("POST", "/api/v1/appointments/", json=_order(run, ADA))
    assert booked.status_code == 201, booked.text
    assert wait_until(lambda: run.metric("slotkeeper_push_attempts_total{operation=create,result=answered}") >= 1)
    failed = run.api("POST", "/api/v1/appointments/", json=_order(run, POISON))
    assert failed.status_code == 500, failed.text
    wrong = {"Authorization": "Bearer abcdefgh." + "x" * 32}
    assert run.call("GET", "/api/v1/services/", headers=wrong).status_code == 401


def _order(run: Run, who: dict[str, str]) -> dict[str, Any]:
    service = run.facts["service"]
    found = run.api("GET", "/api/v1/availability/next/", params={"service": service}).json()
    return {"service": service, "starts_at": found["slot"]["starts_at"], "attendees": [who]}


def _book_there(run: Run) -> None:
    """At the small Cal.com, which tells by webhook; and by a webhook of our own making."""
    accepted = run.metric("slotkeeper_webhooks_received_total{result=accepted}")
    base, event_type = _cal_com(run), run.facts["event_type"]
    times = requests.get(
        f"{base}/slots",
        params={"eventTypeId": event_type, "start": "2030-01-07", "end": "2030-01-12"},
        headers={"cal-api-version": "2024-09-04"},
        timeout=30,
    ).json()["data"]
    [first, *_] = next(iter(times.values()))
    attendee = {"name": CARL["name"], "email": CARL["email"], "phoneNumber": CARL["phone"], "timeZone": "Europe/Berlin"}
    order = {"eventTypeId": event_type, "start": first["start"], "attendee": attendee}
    booked = requests.post(f"{base}/bookings", json=order, headers={"cal-api-version": "2024-08-13"}, timeout=30)
    assert booked.status_code == 201, booked.text
    assert wait_until(lambda: run.metric("slotkeeper_webhooks_received_total{result=accepted}") > accepted)


def _cal_com(run: Run) -> str:
    announced = json.loads((run.stack.var / "dev" / "services.json").read_text())
    return str(announced["environment"]["CALCOM_BASE_URL"])


def _go_wrong(run: Run) -> None:
    """A wrong signature, a delivery that the database refuses, one that is nonsense, and a Cal.com in trouble."""
    poisonous = Person(POISON["name"], POISON["email"], POISON["phone"])
    body = created(Booking("poison-uid-0001", 1, people=(poisonous,), event_type=run.facts["event_type"]), "09:00")
    assert run.deliver(body, secret="geheim-und-falsch").status_code == 401
    assert run.deliver(body).status_code == 200
    nonsense = {"triggerEvent": "BOOKING_CREATED", "createdAt": POISON["email"], "payload": {"uid": POISON["phone"]}}
    assert run.deliver(nonsense).status_code == 200
    switchboard = f"{_cal_com(run).removesuffix('/v2')}/sandbox/faults"
    said = json.dumps({"error": {"message": f"{CARL['email']} {CARL['phone']} is not known"}})
    requests.put(switchboard, json=[{"kind": "status", "status": 401, "body": said, "times": 6}], timeout=30)
    run.command("test_connection", "--all", "-v", "2")
    requests.put(switchboard, json=[{"kind": "status", "status": 500, "body": said, "times": 6}], timeout=30)
    run.command("sync_bookings", "--all", "-v", "2")
    requests.delete(switchboard, timeout=30)
    run.command("circuit_reset", "--all")


def test_something_was_logged_of_all_that_happened(run: Run):
    logged = run.logged()
    for event in (
        "request_finished",
        "request_failed",
        "push_id",
        "calcom.answered",
        "webhooks.refused",
        "webhooks.batch",
        "webhooks.delivery_failed",
        "calcom.bookings.read",
    ):
        assert f'"{event}"' in logged, event


def test_nothing_of_it_is_anybodys_business(run: Run):
    used = {one for one in told(run.command("shell", "-c", ALL_THAT_WAS_USED)) if len(one) > 5}
    assert {ADA["email"], ADA["phone"], CARL["email"], CARL["phone"]} <= used
    announced = json.loads((run.stack.var / "dev" / "services.json").read_text())["environment"]
    kept = json.loads((run.stack.var / "dev" / "secrets.json").read_text())
    secrets = {*kept.values(), announced["DATABASE_URL"], run.facts["key"], run.facts["secret"], run.facts["token"]}
    used |= secrets | {PASSED_BY, POISON["email"], POISON["phone"], "geheim-und-falsch", "poison-uid-0001"}
    logged = run.logged()
    found = {one for one in used if one in logged or quote(one, safe="") in logged}
    assert found == set()


def test_nor_does_it_name_those_whom_it_was_about(run: Run):
    assert not [name for name in NAMES if name in run.logged()]


def test_the_files_hold_what_their_loggers_said(run: Run):
    for name in ("calcom", "webhooks"):
        lines = [json.loads(line) for line in (run.stack.var / f"{name}.log").read_text().splitlines()]
        assert {line["logger"].partition(".")[0] for line in lines} == {name}


def test_a_request_is_followed_into_the_worker(run: Run):
    lines = [json.loads(line) for line in run.logged().splitlines() if line.startswith("{")]
    [posted] = {
        line["request_id"]
        for line in lines
        if line["event"] == "request_finished" and line["request"] == "POST /api/v1/appointments/"
    }
    [push_id] = {
        line["push_id"] for line in lines if line["event"] == "booking.changed" and line["request_id"] == posted
    }
    assert push_id in {line.get("push_id") for line in lines if line["event"] == "calcom.answered"}


def test_a_delivery_is_followed_into_the_worker(run: Run):
    lines = [json.loads(line) for line in run.logged().splitlines() if line.startswith("{")]
    accepted = {line["delivery_id"] for line in lines if line.get("is_new")}
    processed = {one for line in lines if line["event"] == "webhooks.batch" for one in line["deliveries"]}
    assert accepted
    assert accepted <= processed


def test_counters_of_all_processes_are_in_the_sums(run: Run):
    assert run.metric("slotkeeper_counters_up") == 1
    assert run.metric("slotkeeper_webhooks_received_total{result=signature}") == 1
    assert run.metric("slotkeeper_bookings_total{change=created,side=api}") == 1
    assert run.metric("slotkeeper_calcom_call_seconds_count{endpoint=GET /me}") >= 1
