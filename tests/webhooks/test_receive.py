"""The door: who is let in, what is kept, what is answered."""

from __future__ import annotations

import pytest

from companies.models import Company
from tests.deliveries.bodies import created, encode, sign
from tests.deliveries.cast import Booking
from tests.factories import CompanyFactory
from tests.webhooks.conftest import SECRET
from webhooks.authentication import refusals_today
from webhooks.models import WebhookEvent

CUT1 = Booking("cut1", 11)
BODY = created(CUT1, "09:00")
RAW = encode(BODY)


def test_a_signed_delivery_is_kept_and_answered_with_its_id(deliver):
    answer = deliver(BODY)
    event = WebhookEvent.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {"received": True, "status": "accepted", "id": str(event.delivery_id)}
    assert bytes(event.body) == RAW


def test_the_same_bytes_are_kept_once(deliver):
    first, second = deliver(BODY), deliver(BODY)
    assert second.json()["status"] == "duplicate"
    assert second.json()["id"] == first.json()["id"]
    assert WebhookEvent.objects.count() == 1


def test_the_same_bytes_for_two_companies_are_two_deliveries(deliver, client):
    other = CompanyFactory.create(webhook_secret=SECRET)
    deliver(BODY)
    deliver(BODY, path=f"/api/webhooks/calcom/{other.webhook_token}")
    assert WebhookEvent.objects.count() == 2


@pytest.mark.parametrize("name", ["X-Cal-Signature-256", "Cal-Signature-256", "X-Cal-Signature", "Cal-Signature"])
@pytest.mark.parametrize("prefix", ["", "sha256="])
def test_four_header_names_and_a_prefix_are_understood(deliver, name, prefix):
    assert deliver(BODY, headers={name: prefix + sign(RAW, SECRET)}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Cal-Signature-256": ""},
        {"X-Cal-Signature-256": "no-secret-provided"},
        {"X-Cal-Signature-256": sign(RAW, "another secret")},
        {"X-Cal-Signature-256": sign(RAW, SECRET)[:-1]},
        {"X-Cal-Signature-256": sign(RAW, SECRET).upper() + "ü"},
        {"X-Cal-Signature-256": f"{sign(RAW, SECRET)}, {sign(RAW, SECRET)}"},
        {"X-Cal-Signature-256": sign(RAW, SECRET), "Cal-Signature": sign(RAW, SECRET)},
    ],
    ids=["missing", "empty", "no secret", "wrong", "short", "strange", "doubled", "two names"],
)
def test_what_is_not_signed_as_it_must_be_is_refused_and_counted(deliver, salon, headers):
    answer = deliver(BODY, headers=headers)
    assert answer.status_code == 401
    assert "secret" in answer.json()["error"]
    assert not WebhookEvent.objects.exists()
    assert refusals_today(salon.pk) == 1


def test_a_changed_body_does_not_fit_its_signature(deliver):
    assert deliver(RAW + b" ", headers={"X-Cal-Signature-256": sign(RAW, SECRET)}).status_code == 401


def test_former_secrets_are_accepted_while_they_are_listed(deliver, salon):
    salon.webhook_secret, salon.former_webhook_secrets = "new one", f"older one\n{SECRET}\n"
    salon.save()
    assert deliver(BODY).status_code == 200
    salon.former_webhook_secrets = ""
    salon.save()
    assert deliver(BODY).status_code == 401


def test_another_companys_secret_opens_nothing(deliver):
    CompanyFactory.create(webhook_secret="theirs")
    assert deliver(BODY, secret="theirs").status_code == 401


def test_an_unknown_token_is_not_found(deliver):
    assert deliver(BODY, path="/api/webhooks/calcom/no-such-token").status_code == 404


def test_a_company_that_is_not_active_has_no_address(deliver, salon):
    Company.objects.filter(pk=salon.pk).update(is_active=False)
    assert deliver(BODY).status_code == 404


def test_without_a_secret_nothing_is_accepted(deliver, salon, caplog):
    salon.webhook_secret = ""
    salon.save()
    assert deliver(BODY, secret="").status_code == 503
    assert "webhooks.no_secret" in caplog.text
    assert not WebhookEvent.objects.exists()


def test_a_get_answers_the_connection_test(client, salon):
    for path in ("/api/webhooks/calcom", "/api/calcom/webhook", f"/api/webhooks/calcom/{salon.webhook_token}"):
        assert client.get(path).json() == {"ping": "ok"}


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_not_allowed(client, salon, method):
    assert getattr(client, method)(f"/api/webhooks/calcom/{salon.webhook_token}").status_code == 405


def test_a_body_over_the_limit_is_refused(deliver, settings):
    settings.WEBHOOK_MAX_BODY_BYTES = len(RAW) - 1
    assert deliver(BODY).status_code == 413
    settings.WEBHOOK_MAX_BODY_BYTES = len(RAW)
    assert deliver(BODY).status_code == 200


class _Endless:
    """A body that nobody may read to its end."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        assert 0 < size < 2_000_000
        self.given += size
        return b"x" * size

    readline = read


def test_a_chunked_body_without_end_is_not_read_to_its_end(client, salon):
    stream = _Endless()
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream, "CONTENT_LENGTH": ""}
    answer = client.generic("POST", f"/api/webhooks/calcom/{salon.webhook_token}", **chunked)
    assert answer.status_code == 413
    assert stream.given <= 1_000_001


@pytest.mark.parametrize("path", ["/api/webhooks/calcom", "/api/calcom/webhook"])
def test_the_server_wide_address_takes_the_server_wide_secrets_only(deliver, settings, path):
    settings.CALCOM_WEBHOOK_SECRETS = ["newest-ß", "older"]
    assert deliver(BODY, path=path, secret="newest-ß").status_code == 200
    assert deliver(BODY, path=path, secret="older").json()["status"] == "duplicate"
    assert deliver(BODY, path=path, secret=SECRET).status_code == 401


def test_the_server_wide_secret_opens_no_companys_address(deliver, settings):
    settings.CALCOM_WEBHOOK_SECRETS = ["server-wide"]
    assert deliver(BODY, secret="server-wide").status_code == 401


def test_the_server_wide_address_without_a_secret_accepts_nothing(deliver):
    assert deliver(BODY, path="/api/webhooks/calcom", secret="").status_code == 503


def test_the_answer_is_the_same_in_every_language(client, salon):
    answer = client.get("/api/webhooks/calcom", headers={"Accept-Language": "de"})
    assert answer.json() == {"ping": "ok"}
    assert "Content-Language" not in answer.headers
