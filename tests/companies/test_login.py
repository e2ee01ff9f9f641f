"""Guessing passwords: ten wrong ones, then a quarter of an hour's pause for this name from this address."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import User
from tests.factories import PASSWORD, MembershipFactory, UserFactory

LOGIN = reverse("admin:login")
RIGHT, REFUSED = 302, 429


@pytest.fixture
def kim() -> User:
    return MembershipFactory.create(user=UserFactory.create(email="kim@example.com", password=PASSWORD)).user


def try_to(password: str, *, name: str = "kim@example.com", **headers: str) -> int:
    return Client().post(LOGIN, {"username": name, "password": password}, headers=headers).status_code


def guess(times: int = 12, **headers: str) -> None:
    for number in range(times):
        try_to(f"wrong-{number}", **headers)


def test_after_too_many_guesses_the_right_password_is_refused_too(kim: User) -> None:
    guess()
    answer = Client().post(LOGIN, {"username": kim.email, "password": PASSWORD}, headers={"Accept-Language": "en"})
    assert answer.status_code == REFUSED
    assert "Too many wrong passwords" in answer.text


@pytest.mark.parametrize("name", ["KIM@example.com", "Kim@Example.com", " kim@example.com "])
def test_another_spelling_is_the_same_name(kim: User, name: str) -> None:
    guess(5)
    for number in range(5):
        try_to(f"wrong-{number}", name=name)
    assert try_to(PASSWORD) == REFUSED
    assert try_to(PASSWORD, name=name) == REFUSED


def test_others_at_the_same_address_are_not_shut_out(kim: User) -> None:
    MembershipFactory.create(user=UserFactory.create(email="alex@example.com", password=PASSWORD))
    guess()
    assert try_to(PASSWORD, name="alex@example.com") == RIGHT


def test_a_few_typing_errors_are_forgiven_and_forgotten(kim: User) -> None:
    for _ in range(3):
        guess(9)
        assert try_to(PASSWORD) == RIGHT


def test_the_pause_ends_and_trying_meanwhile_does_not_prolong_it(kim: User) -> None:
    guess()
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        assert try_to(PASSWORD) == REFUSED
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert try_to(PASSWORD) == RIGHT


def test_a_name_that_nobody_has_is_refused_alike() -> None:
    for number in range(12):
        try_to(f"wrong-{number}", name="nobody@example.com")
    assert try_to("wrong", name="nobody@example.com") == REFUSED


def test_without_a_proxy_nobody_chooses_an_address(kim: User) -> None:
    for number in range(12):
        try_to(f"wrong-{number}", **{"X-Forwarded-For": f"192.0.2.{number}"})
    assert try_to(PASSWORD) == REFUSED


def test_behind_a_proxy_the_address_is_what_the_proxy_saw(kim: User, settings) -> None:
    settings.PROXIES_IN_FRONT = 1
    for number in range(12):
        try_to(f"wrong-{number}", **{"X-Forwarded-For": f"203.0.113.{number}, 192.0.2.1"})
    assert try_to(PASSWORD, **{"X-Forwarded-For": "198.51.100.7, 192.0.2.1"}) == REFUSED
    assert try_to(PASSWORD, **{"X-Forwarded-For": "198.51.100.7"}) == RIGHT


@pytest.mark.parametrize("chain", ["", "nonsense", "192.0.2.1", "x, y"])
def test_a_proxy_that_says_too_little_shuts_nobody_in(kim: User, settings, chain: str) -> None:
    settings.PROXIES_IN_FRONT = 2
    assert try_to(PASSWORD, **{"X-Forwarded-For": chain}) == RIGHT
