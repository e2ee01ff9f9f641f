"""Which server a company's key is sent to: who may name it, and that a key stays with its server."""

import pytest
from django.test import Client

from companies.models import Company
from tests.companies.company_form import SECRETS, form, page


def test_the_address_of_a_server_of_ones_own_is_stored(owner: Client, salon: Company) -> None:
    owner.post(page(salon), form(calcom_base_url="https://Cal.Example.com.:443/v2", new_api_key="cal_of_ours"))
    salon.refresh_from_db()
    assert (salon.calcom_base_url, salon.calcom_api_key) == ("https://cal.example.com/v2", "cal_of_ours")


@pytest.mark.parametrize(
    "address",
    [
        "http://cal.example.com/v2",
        "https://cal.example.com/v1",
        "http://127.0.0.1:8100/v2",
        "https://localhost/v2",
        "https://0.0.0.0:6379/v2",
        "https://[::]/v2",
        "https://[::ffff:127.0.0.1]:8443/v2",
        "https://169.254.169.254/latest/v2",
        "https://10.0.0.5:9200/x/v2",
        "https://[fd00::5]/v2",
    ],
)
def test_an_owner_cannot_have_a_key_sent_in_clear_or_inwards(owner: Client, salon: Company, address: str) -> None:
    assert owner.post(page(salon), form(calcom_base_url=address, new_api_key="cal_new")).status_code == 200
    salon.refresh_from_db()
    assert salon.calcom_base_url == ""


@pytest.mark.parametrize("address", ["http://127.0.0.1:8100/v2", "https://10.0.0.5/v2"])
def test_an_operator_may_name_what_is_inside_and_the_owner_may_keep_it(
    operator: Client, owner: Client, salon: Company, address: str
) -> None:
    operator.post(page(salon), form(calcom_base_url=address, new_api_key="cal_inside"))
    owner.post(page(salon), form(calcom_base_url=address, name="Salon Nordost"))
    salon.refresh_from_db()
    assert (salon.name, salon.calcom_base_url) == ("Salon Nordost", address)


def test_the_key_does_not_follow_to_another_server(owner: Client, salon: Company) -> None:
    seen = owner.post(page(salon), form(calcom_base_url="https://elsewhere.example.com/v2"))
    assert "The API key is not sent to another server." in seen.text
    salon.refresh_from_db()
    assert (salon.calcom_base_url, salon.calcom_api_key) == ("", SECRETS[0])


def test_another_path_or_spelling_of_the_same_server_keeps_the_key(owner: Client, salon: Company) -> None:
    Company.objects.update(calcom_base_url="https://cal.example.com/v2")
    assert owner.post(page(salon), form(calcom_base_url="https://CAL.example.com:443/api/v2")).status_code == 302
    salon.refresh_from_db()
    assert (salon.calcom_base_url, salon.calcom_api_key) == ("https://cal.example.com/api/v2", SECRETS[0])


def test_without_a_key_any_server_may_be_named(owner: Client, company: Company) -> None:
    owner.post(page(company), form(calcom_base_url="https://cal.example.com/v2"))
    company.refresh_from_db()
    assert company.calcom_base_url == "https://cal.example.com/v2"


def test_an_address_that_was_never_one_can_be_mended(owner: Client, salon: Company) -> None:
    Company.objects.update(calcom_base_url="https://[cal")
    owner.post(page(salon), form(calcom_base_url="https://cal.example.com/v2", new_api_key="cal_of_ours"))
    salon.refresh_from_db()
    assert salon.calcom_base_url == "https://cal.example.com/v2"
