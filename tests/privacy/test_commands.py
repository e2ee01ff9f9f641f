"""customer_export, customer_erase and prune, as a shell sees them."""

from __future__ import annotations

import json
import resource

import pytest

from companies.api import shared
from companies.models import Company, PrivacySettings
from tests.factories import CompanyFactory
from tests.portal.factories import AppointmentFactory
from tests.privacy.everything import EMAIL, NAME, past, tables_naming_her, whole_database

ID = ["--company", "salon-nord"]


def test_an_export_goes_into_a_new_file(everything, run, tmp_path):
    file = tmp_path / "isolde.json"
    status, said = run("customer_export", *ID, "--email", EMAIL, "--output", str(file))
    assert (status, "1 customers" in said or "2 customers" in said) == (0, True)
    assert json.loads(file.read_text())["customers"][0]["name"] == NAME
    assert file.stat().st_mode & 0o077 == 0
    status, said = run("customer_export", *ID, "--email", EMAIL, "--output", str(file))
    assert (status, "File exists" in said) == (1, True)


def test_of_a_disk_that_is_full_no_half_an_export_is_left(everything, run, tmp_path):
    file = tmp_path / "isolde.json"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        status, said = run("customer_export", *ID, "--email", EMAIL, "--output", str(file))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (status, "File too large" in said) == (1, True)
    assert not file.exists()


def test_an_export_for_a_program_is_all_there_is(everything, run):
    status, said = run("customer_export", *ID, "--email", EMAIL, "--json")
    (told,) = json.loads(said)
    assert (status, told["customers"][0]["email"]) == (0, EMAIL)


def test_without_a_file_only_numbers_are_shown(everything, run):
    _status, said = run("customer_export", *ID, "--email", EMAIL)
    assert "deliveries" in said
    assert NAME not in said


@pytest.mark.parametrize("command", ["customer_export", "customer_erase"])
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--all", "--email", EMAIL], "say --company"),
        (["--company", "salon-nord"], "required"),
        (["--company", "salon-nord", "--email", " "], "is empty"),
        (["--company", "nowhere", "--email", EMAIL], 'no company "nowhere"'),
        (["--company", "", "--email", EMAIL], 'no company ""'),
        (["--company", "salon-nord", "--email", EMAIL, "--phone", "030"], "not allowed"),
    ],
)
def test_a_wrong_call_is_refused(everything, run, command, words, sentence):
    status, said = run(command, *words)
    assert (status, sentence in said) == (2, True)


@pytest.mark.parametrize("command", ["customer_export", "customer_erase"])
def test_a_stranger_is_not_found(everything, run, command):
    CompanyFactory.create(slug="elsewhere")
    status, said = run(command, "--company", "elsewhere", "--customer", str(everything.customer.pk))
    assert (status, "has no customer" in said) == (1, True)
    assert "appointments_customer" in tables_naming_her()


@pytest.mark.parametrize("command", ["customer_export", "customer_erase"])
def test_what_is_no_address_is_looked_for_nowhere(everything, run, command):
    before = whole_database()
    status, said = run(command, *ID, "--email", "erased")
    assert (status, "“erased” is no e-mail address." in said) == (1, True)
    assert whole_database() == before


def test_an_erasure_tells_what_it_did_and_what_is_not_ours(everything, run):
    status, said = run("customer_erase", *ID, "--email", EMAIL, "--dry-run")
    assert (status, "would be erased: " in said) == (0, True)
    status, said = run("customer_erase", *ID, "--email", EMAIL)
    assert (status, "Cal.com keeps its own copy of 1 bookings" in said) == (0, True)
    assert tables_naming_her() == set()
    assert run("customer_erase", *ID, "--email", EMAIL)[1].strip().endswith("nothing is known of this person")


def test_an_erasure_waits_for_what_is_to_come(everything, run):
    AppointmentFactory.create(company=everything.company, customer=everything.customer)
    status, said = run("customer_erase", *ID, "--email", EMAIL, "--json")
    assert status == 1
    assert "--also-cancel" in said
    assert run("customer_erase", *ID, "--email", EMAIL, "--also-cancel")[0] == 0


def test_pruning_says_the_numbers_of_each_company(company, run):
    past(company)
    PrivacySettings.objects.create(company=company, appointments_days=30)
    told = "Salon Nord: would be: 0 bodies, 0 payloads, 1 appointments, 0 customers, 0 history"
    assert told in run("prune", "--all", "--dry-run")[1]
    status, said = run("prune", "--all", "--batch", "10")
    assert (status, "Salon Nord: 0 bodies, 0 payloads, 1 appointments" in said) == (0, True)
    assert "No company's: 0 bodies" in said
    assert json.loads(run("prune", *ID, "--json")[1])[0]["appointments"] == 0


def test_for_a_program_what_belongs_to_nobody_is_pruned_of_all_as_well(company, run):
    nobodys, own = json.loads(run("prune", "--all", "--dry-run", "--json")[1])
    counts = {"bodies": 0, "sessions": 0, "log_in_attempts": 0}
    assert nobodys == {"company": None, "name": "No company's", "ok": True, "dry_run": True, **counts}
    assert own["company"] == company.pk
    assert [one["name"] for one in json.loads(run("prune", *ID, "--json")[1])] == ["Salon Nord"]


def test_an_empty_name_is_not_every_company(company, run):
    assert run("prune", "--company", "")[0] == 2


def test_what_a_company_that_is_switched_off_has_kept_is_pruned_as_well(company, run):
    past(company)
    PrivacySettings.objects.create(company=company, appointments_days=30)
    Company.objects.update(is_active=False)
    status, said = run("prune", "--all")
    assert (status, "Salon Nord: 0 bodies, 0 payloads, 1 appointments" in said) == (0, True)


def test_while_redis_is_away_with_its_copies_nothing_is_erased(everything, run, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    status, said = run("customer_erase", *ID, "--email", EMAIL, "--also-cancel")
    shared.forget_outage()
    assert (status, "Redis does not answer" in said) == (1, True)
    assert "appointments_customer" in tables_naming_her()
