"""Which addresses and keys are used, and in which spelling. Nothing is sent here."""

from __future__ import annotations

import re

import pytest

from calcom.account import access_of
from calcom.errors import CalcomAuthFailed, CalcomMisconfigured
from companies.models import Company

KEY = "cal_test_key_of_nobody_0001"


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("cal.example.com/v2", "beginning with https://"),
        ("http://cal.example.com/v2", "Only https://"),
        ("ftp://cal.example.com/v2", "Only https://"),
        ("https://cal.example.com/v1", "ends in /v2"),
        ("https://cal.example.com/v2/me", "ends in /v2"),
        ("https://user:pass@cal.example.com/v2", "without a user"),
        ("https://cal.example.com/v2?x=1", "question mark"),
        ("https://[cal.example.com/v2", "no address"),
        ("https://cal.example.com:99999/v2", "no address"),
        ("http://127.0.0.1.example.com/v2", "Only https://"),
        ("https://@cal.example.com/v2", "without a user"),
        ("https://cal..example.com/v2", "no address"),
        ("https://\u24d2al.example.com/v2", "no address"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_so_before_anything_is_sent(company: Company, address: str, hint: str):
    company.calcom_base_url, company.calcom_api_key = address, KEY
    with pytest.raises(CalcomMisconfigured, match=re.escape(hint)):
        access_of(company)


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("https://cal.example.com", "https://cal.example.com/v2"),
        ("https://cal.example.com/", "https://cal.example.com/v2"),
        ("https://cal.example.com/api/v2/", "https://cal.example.com/api/v2"),
        ("http://localhost:3000/v2", "http://localhost:3000/v2"),
        ("http://[::1]:3000/v2", "http://[::1]:3000/v2"),
        ("https://Cal.Example.com.:443/v2", "https://cal.example.com/v2"),
        ("https://[::FFFF:93.184.216.34]/v2", "https://93.184.216.34/v2"),
        ("http://0x7f.1:80/v2", "http://127.0.0.1/v2"),
    ],
)
def test_usual_forms_of_an_address_are_understood(company: Company, address: str, root: str):
    company.calcom_base_url, company.calcom_api_key = address, KEY
    assert access_of(company).root == root


@pytest.mark.parametrize("key", ["", "   ", "cal_live_\nX", "cal_lïve_1", "two words"])
def test_a_key_that_cannot_be_one_is_not_sent(company: Company, key: str):
    company.calcom_api_key = key
    with pytest.raises(CalcomAuthFailed):
        access_of(company)


def test_the_key_is_in_no_repr(company: Company):
    company.calcom_api_key = KEY
    assert KEY not in repr(access_of(company))


def test_one_server_is_one_however_it_is_spelt(company: Company):
    company.calcom_api_key = KEY
    spelt = [
        "https://api.cal.com/v2",
        "https://API.cal.com/v2",
        "https://api.cal.com:443/v2",
        "https://api.cal.com./v2",
    ]
    hosts = set()
    for company.calcom_base_url in spelt:
        hosts.add(access_of(company).account.host)
    assert hosts == {"api.cal.com"}
