from __future__ import annotations

import pytest

from calcom.sandbox.sample import EXPIRED_KEY, OWNER_KEY
from calcom.sandbox.wire import Request
from tests.sandbox.caller import Caller


def test_a_key_is_answered_as_its_user(api: Caller) -> None:
    assert api.data("GET", "/me")["username"] == "olga"


def test_a_key_works_without_any_scheme(api: Caller) -> None:
    answer = api.sandbox.handle(Request("GET", "/v2/me", {"authorization": OWNER_KEY}))
    assert answer.status == 200


def test_the_scheme_is_matched_with_its_case(api: Caller) -> None:
    answer = api.sandbox.handle(Request("GET", "/v2/me", {"authorization": f"bearer {OWNER_KEY}"}))
    assert (answer.status, answer.body["error"]["message"]) == (401, "Invalid Access Token.")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("cal_nobodys", "CustomThrottlerGuard - Invalid API Key"),
        (EXPIRED_KEY, "ApiAuthStrategy - api key - Your api key is expired"),
        ("something", "Invalid Access Token."),
    ],
)
def test_a_bad_key_is_refused_in_cal_coms_words(api: Caller, key: str, message: str) -> None:
    assert api.refusal("GET", "/me", key=key) == (401, message)


def test_a_stranger_hears_how_to_log_in(api: Caller) -> None:
    status, message = api.refusal("GET", "/me", key=None)
    assert status == 401
    assert message.startswith("ApiAuthStrategy - No authentication method provided.")


def test_a_stranger_is_forbidden_where_a_permission_is_declared(api: Caller) -> None:
    status, message = api.refusal("GET", "/bookings", key=None)
    assert status == 403
    assert message.startswith("PermissionsGuard - no authentication provided.")


def test_a_bad_key_is_refused_where_strangers_are_welcome(api: Caller) -> None:
    assert api("GET", "/event-types", key=None).status == 200
    assert api("GET", "/event-types", key="cal_nobodys").status == 401


def test_an_unknown_key_is_not_counted(api: Caller) -> None:
    assert not [name for name in api("GET", "/me", key="cal_nobodys").headers if name.startswith("X-RateLimit")]
