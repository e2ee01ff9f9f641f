"""One change for one `Idempotency-Key`, and the same answer for whoever asks again within a day.

    begin()    takes the key's turn (twins wait here), and finds the answer: in Redis, else in PostgreSQL
    once()     runs the change and writes the answer in ONE transaction: after a crash both are there, or neither
    refused()  keeps a refusal of the appointment book as well: a request that comes late must not book after all

The turn is an advisory lock of the session, so that Cal.com can be asked meanwhile; it goes with the process. What
makes two changes impossible even without it is the unique constraint of the record.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer

from companies.api import shared
from companies.api.problems import Problem, refuse_field
from companies.kept_answers import KEPT, IdempotencyRecord
from companies.locks import Purpose, turn_of_session
from companies.transactions import transactional

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from companies.api.callers import Caller

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
PATIENCE_S = 5.0
REFUSALS_KEPT = {409, 422}
_LOOK_AGAIN_S = 0.05


@dataclass(frozen=True)
class KeptAnswer:
    """An answer as it was given."""

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: str

    def response(self) -> HttpResponse:
        """The same once more, marked as such."""
        told = HttpResponse(self.body.encode(), status=self.status, headers=self.headers)
        told["Idempotent-Replayed"] = "true"
        return told


class AnsweredBefore(Exception):
    """The request was answered before, in these words."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__()
        self.answer = answer


class Once:
    """One request with a key."""

    def __init__(self, caller: Caller, *, key: str, fingerprint: str) -> None:
        self._caller, self._fingerprint = caller, fingerprint
        self._key = _half(f"{caller.company.pk} {caller.identity} {key}")
        self._place = shared.name("answer", self._key.hex)
        self.is_kept = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until nobody else handles this key. Raises a Problem where that takes too long."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with turn_of_session(Purpose.API_ANSWER, self._key.int % 2**31) as is_mine:
                if is_mine:
                    yield
                    return
            if time.monotonic() > deadline:
                raise _in_progress()
            time.sleep(_LOOK_AGAIN_S)

    def known_to_redis(self) -> KeptAnswer | None:
        """The answer that was given before, quickly. Raises a Problem where it was given to another request."""
        raw: bytes | None = shared.ask(lambda connection: connection.get(self._place), otherwise=None)
        try:
            return self._ours(KeptAnswer(**json.loads(raw))) if raw else None
        except (ValueError, TypeError):  # written by another version of ours
            return None

    def known_to_database(self) -> KeptAnswer | None:
        """The same, for certain. To be asked in the key's turn."""
        rows = IdempotencyRecord.objects.for_company(self._caller.company).filter(caller=self._caller.identity)
        row = rows.filter(key=self._key).first()
        if row is None:
            return None
        if row.created_at < timezone.now() - KEPT:
            row.delete()
            return None
        return self._ours(KeptAnswer(row.fingerprint.hex, row.status, row.headers, row.body))

    def run(self, work: Callable[[], Response]) -> Response:
        """Do the work and write its answer down, both or neither. Raises AnsweredBefore where somebody else did."""

        @transactional
        def both() -> tuple[Response, KeptAnswer]:
            response = work()
            return response, self._write(response)

        try:
            response, answer = both()
        except IntegrityError:  # behind a pooler that shares sessions, the turn holds nobody up; the constraint does
            if (before := self.known_to_database()) is not None:
                raise AnsweredBefore(before) from None
            raise
        self._tell_redis(answer)
        return response

    def refused(self, response: Response) -> None:
        """Keep a refusal. Nothing was changed, so there is no transaction to share."""
        with suppress(IntegrityError), transaction.atomic():  # somebody was faster, and is as right
            self._tell_redis(self._write(response))

    def _write(self, response: Response) -> KeptAnswer:
        body = b"" if response.data is None else JSONRenderer().render(response.data)
        kind = {"Content-Type": response.content_type or "application/json"} if body else {}
        headers = {**dict(response.items()), **kind}
        answer = KeptAnswer(self._fingerprint, response.status_code, headers, body.decode())
        IdempotencyRecord.objects.create(
            company=self._caller.company,
            caller=self._caller.identity,
            key=self._key,
            fingerprint=UUID(self._fingerprint),
            status=answer.status,
            headers=headers,
            body=answer.body,
        )
        return answer

    def _ours(self, found: KeptAnswer) -> KeptAnswer:
        if found.fingerprint != self._fingerprint:
            raise _reused()
        return found

    def _tell_redis(self, answer: KeptAnswer) -> None:
        self.is_kept = True
        raw = json.dumps(asdict(answer))
        shared.ask(lambda connection: connection.set(self._place, raw, ex=int(KEPT.total_seconds())), otherwise=None)


def begin(request: Request, caller: Caller) -> Once | None:
    """The request's key; None where it names none. Raises a Problem for one that is no key."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not key or len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise refuse_field(HEADER, _("A key has 1 to 255 printable ASCII characters."))
    return Once(caller, key=key, fingerprint=_fingerprint(request))


def _fingerprint(request: Request) -> str:
    asked: list[Any] = [
        request.method,
        request.path,
        sorted(request.query_params.lists()),
        request.headers.get("If-Match", ""),
        request.data,
    ]
    return _half(json.dumps(asked, sort_keys=True)).hex


def _half(text: str) -> UUID:
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])


def _in_progress() -> Problem:
    return Problem(
        _("A request with this Idempotency-Key is being handled. Ask again in a moment."),
        status=409,
        code="in-progress",
        title=_("Still being handled"),
        headers={"Retry-After": "1"},
    )


def _reused() -> Problem:
    return Problem(
        _("This Idempotency-Key was used for another request. Take a new key for a new request."),
        status=422,
        code="idempotency-key-reused",
        title=_("Key used before"),
    )
