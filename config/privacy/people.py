"""One person's data: all of it handed out, or all of it erased, in one company."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.utils import timezone

from appointments.privacy import coming
from appointments.privacy.erase import remember
from appointments.privacy.who import find
from companies.api import shared
from companies.models import Company
from companies.privacy.answers import keys_of
from companies.privacy.erasing import erasing
from companies.transactions import transactional
from config.privacy.parts import PARTS
from config.privacy.portal_log import blank_lines_about_what_is_gone

if TYPE_CHECKING:
    from companies.privacy.person import Person

NOTHING = "nothing was erased"

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """By what a person is named: exactly one of the three."""

    customer_id: int | None = None
    email: str = ""
    phone: str = ""

    def find(self, company: Company) -> Person:
        """The person in this company. Raises NobodyMeant."""
        return find(company, customer_id=self.customer_id, email=self.email, phone=self.phone)


@dataclass
class ErasureResult:
    """Rows by table; `at_backend`: bookings that Cal.com has, and keeps."""

    rows: Counter[str] = field(default_factory=Counter)
    cancelled: int = 0
    at_backend: int = 0
    guest_of_others: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Rows that were changed (or would be), by table."""
        return {name: self.rows[name] for name in PARTS}

    @property
    def is_good(self) -> bool:
        """Whether everything was erased."""
        return not self.failures


class Refused(Exception):
    """Nothing was changed, and why not."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


def export(company: Company, asked: Asked) -> dict[str, Any]:
    """Everything known of a person, as JSON can carry it: rows by table. Raises NobodyMeant."""
    person = asked.find(company)
    found = {name: part.export(company, person) for name, part in PARTS.items()}
    logger.info("privacy.exported", company_id=company.pk, rows=sum(map(len, found.values())))
    return {
        "company": company.name,
        "exported_at": timezone.now(),
        "asked_for": {"customer": asked.customer_id, "email": asked.email, "phone": asked.phone},
        **{name: rows for name, rows in found.items() if rows},
    }


def erase(company: Company, asked: Asked, *, also_cancel: bool, is_dry_run: bool) -> ErasureResult:
    """Erase a person: nothing that says who it was is left; ids, times and prices stay. Raises NobodyMeant.

    One transaction. Refused, with nothing changed, while they have appointments to come, unless these may be cancelled,
    and while a change of theirs is just being sent. Can be repeated; what is done already is passed over.
    """
    result = ErasureResult()
    try:
        if is_dry_run:
            _look(company, asked.find(company), result, also_cancel=also_cancel)
        else:
            _refuse_without_redis()
            _erase(company, asked, result, also_cancel=also_cancel)
    except Refused as refusal:
        return ErasureResult(failures=refusal.sentences)
    return result


def _refuse_without_redis() -> None:
    if not shared.ask(lambda connection: bool(connection.ping()), otherwise=False):
        raise Refused([f"{NOTHING}: Redis does not answer, and has copies. Try again when it does."])


def _look(company: Company, person: Person, result: ErasureResult, *, also_cancel: bool) -> None:
    result.cancelled = coming.appointments_to_come(company, person).count()
    _refuse(company, person, also_cancel=also_cancel)
    _note_elsewhere(company, person, result)
    result.rows.update({name: part.count(company, person) for name, part in PARTS.items()})


@transactional
def _erase(company: Company, asked: Asked, result: ErasureResult, *, also_cancel: bool) -> None:
    result.rows.clear()
    with erasing(company):
        person = asked.find(company)
        coming.lock(company, person)
        _refuse(company, person, also_cancel=also_cancel)
        _note_elsewhere(company, person, result)
        result.cancelled, refusals = coming.call_off(company, person)
        if refusals:
            raise Refused([NOTHING, *refusals])
        person = asked.find(company)
        transaction.on_commit(partial(_forget_answers, keys_of(company, person)))
        coming.let_go(company, person)
        result.rows.update({name: part.erase(company, person) for name, part in PARTS.items()})
        blank_lines_about_what_is_gone()
        remember(company, person, at=timezone.now())
    logger.info("privacy.erased", company_id=company.pk, rows=result.rows.total())


def _refuse(company: Company, person: Person, *, also_cancel: bool) -> None:
    under_way = coming.changes_on_their_way(company, person)
    if under_way:
        subject = "1 change is" if under_way == 1 else f"{under_way} changes are"
        raise Refused([f"{NOTHING}: {subject} just being sent to Cal.com. Try again in some minutes."])
    future = coming.appointments_to_come(company, person).count()
    if future and not also_cancel:
        verb = "is 1 appointment" if future == 1 else f"are {future} appointments"
        raise Refused([f"{NOTHING}: there {verb} to come. Cancel first, or add --also-cancel."])


def _note_elsewhere(company: Company, person: Person, result: ErasureResult) -> None:
    result.at_backend, result.guest_of_others = len(person.uids), coming.guest_of_others(company, person)


def _forget_answers(keys: list[str]) -> None:
    """The cache has copies of the API's answers, for a day."""
    for key in keys:
        place = shared.name("answer", key)
        shared.ask(partial(_delete, place), otherwise=None)


def _delete(place: str, connection: Any) -> None:
    connection.delete(place)
