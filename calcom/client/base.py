"""What every part of the client does: send, try reads again, wait its turn, check the shape."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import stamina
import structlog
from django.utils import timezone
from pydantic import ConfigDict, ValidationError

from calcom import cache
from calcom.account import access_of
from calcom.errors import (
    CalcomError,
    CalcomMisconfigured,
    CalcomRateLimited,
    CalcomUnavailable,
    CalcomUnclear,
    CalcomVersionMismatch,
    Where,
)
from calcom.guard import Lane
from calcom.schemas.base import Id, Wire
from calcom.transport import Call, send
from calcom.versions import version_for
from companies import meanwhile

if TYPE_CHECKING:
    from companies.models import Company

logger = structlog.get_logger(__name__)

T = TypeVar("T")
W = TypeVar("W", bound=Wire)

PAGE = 250
MAX_PAGES = 2000

_READ_ATTEMPTS = 3
_PATIENCE_S = {Lane.INTERACTIVE: 2.0, Lane.BACKGROUND: 90.0}


@dataclass(frozen=True)
class Listing(Sequence[T], Generic[T]):
    """What was listed, `age_s` seconds ago, and whether it is an old answer, kept for when Cal.com is away.

    `unreadable`: Cal.com's ids of rows that are there but could not be read, 0 where not even the id can be.
    """

    items: tuple[T, ...]
    is_stale: bool = False
    unreadable: tuple[int, ...] = ()
    age_s: float = 0.0

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """By position, as in a list."""
        return self.items[index]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.items)


class Caller:
    """One company's access, in one lane: a person waits (interactive), or nobody does (background).

    `patience_s` is how long a call may wait for its turn when the budget of the minute is used up; `on_wait` hears of
    each wait, in seconds.
    """

    on_wait: Callable[[float], None] | None = None

    def __init__(self, company: Company, *, lane: Lane = Lane.INTERACTIVE, patience_s: float | None = None) -> None:
        self.company = company
        self.lane = lane
        self.patience_s = _PATIENCE_S[lane] if patience_s is None else patience_s
        self._access = access_of(company)

    def call(self, call: Call) -> Any:
        """The answer's `data`, None where there is none."""
        return self.call_whole(call).get("data")

    def call_whole(self, call: Call) -> dict[str, Any]:
        """The whole answer. Reads are tried three times, writes once; both wait their turn."""
        if call.is_write:
            return self._in_turn(call)
        for attempt in stamina.retry_context(
            on=_worth_another_try, attempts=_READ_ATTEMPTS, timeout=None, wait_initial=0.1, wait_max=2.0
        ):
            with attempt:
                return self._in_turn(call)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _in_turn(self, call: Call) -> dict[str, Any]:
        """Send, and when the budget is used up, wait for the next free place while patience lasts."""
        until = time.monotonic() + self.patience_s
        while True:
            try:
                return send(self._access, call, lane=self.lane)
            except CalcomRateLimited as error:
                if error.retry_at is None:
                    raise
                meanwhile.catch_up()
                wait_s = max((error.retry_at - timezone.now()).total_seconds(), 0.05)
                if time.monotonic() + wait_s > until:
                    raise
            logger.info("calcom.budget.waiting", company_id=self.company.pk, wait_s=round(wait_s, 1))
            if self.on_wait:
                self.on_wait(wait_s)
            time.sleep(wait_s)

    def read(self, model: type[W], call: Call) -> W:
        """One thing, checked for its shape."""
        return self.parse(model, self.call(call), call)

    def read_list(self, model: type[W], call: Call) -> list[W]:
        """Several things, each checked for its shape."""
        return self.parse_list(model, self.call(call), call)

    def cached(
        self,
        resource: str,
        args: dict[str, str | int],
        call: Call,
        *,
        parse: Callable[[Any], Any],
        allow_stale: bool,
        fresh: bool = False,
    ) -> cache.Cached:
        """A read through the shared cache; when Cal.com is away, an old answer where that is allowed.

        Tried three times, and each time others may be quicker: who holds up the others holds them for one call only.
        What is kept is one account's on one server, in one version's shape. `fresh` asks anew and keeps what comes.
        """
        account = {"server": self._access.root, "key": self._access.account.key_fingerprint}
        asked = args | account | {"version": version_for(self.company, call.group)}
        try:
            for attempt in stamina.retry_context(
                on=_worth_another_try, attempts=_READ_ATTEMPTS, timeout=None, wait_initial=0.1, wait_max=2.0
            ):
                with attempt:
                    return cache.cached(
                        self.company.pk,
                        resource,
                        asked,
                        lambda: self._in_turn(call).get("data"),
                        may_be_stale=lambda error: isinstance(error, CalcomUnavailable),
                        parse=parse,
                        allow_stale=allow_stale,
                        fresh=fresh,
                        is_urgent=self.lane is Lane.INTERACTIVE,
                        patience_s=self.patience_s,
                    )
        except cache.NoTurn as error:
            where = Where(
                company_id=self.company.pk, company=self.company.name, endpoint=f"{call.method} {call.endpoint}"
            )
            raise CalcomUnavailable("others have asked the same in vain. Try again later.", where=where) from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def parse(self, model: type[W], data: Any, call: Call) -> W:
        """The typed value. Raises CalcomVersionMismatch, or CalcomUnclear after a write."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            raise self.unexpected(call, error) from error

    def parse_list(self, model: type[W], data: Any, call: Call) -> list[W]:
        """The typed values. Another version's shape is an object where a list should be."""
        if not isinstance(data, list):
            raise self.unexpected(call, None)
        return [self.parse(model, item, call) for item in data]

    def readable(self, model: type[W], data: Any, call: Call) -> Listing[W]:
        """The typed values; one bad row costs only itself. A list of nothing else is another version's."""
        if not isinstance(data, list):
            raise self.unexpected(call, None)
        found: list[W] = []
        unreadable: list[int] = []
        for item in data:
            try:
                found.append(model.model_validate(item))
            except ValidationError as error:
                mismatch = self.unexpected(call, error)
                unreadable.append(_id_of(item))
        if unreadable and not found:
            raise mismatch
        return Listing(tuple(found), unreadable=tuple(unreadable))

    def unexpected(self, call: Call, error: ValidationError | None, *, missing: str = "data") -> CalcomError:
        """The answer has another shape than its version promises."""
        first = error.errors(include_input=False, include_url=False)[0] if error else None
        field = ".".join(str(part) for part in (first["loc"] if first else ())) or missing
        version = version_for(self.company, call.group) or "none"
        where = Where(company_id=self.company.pk, company=self.company.name, endpoint=f"{call.method} {call.endpoint}")
        if call.is_write:
            return CalcomUnclear(f"the change's answer has no usable {field}. Look at Cal.com first.", where=where)
        text = (
            f"the answer has another shape than version {version} promises ({field}). Check the company's API versions."
        )
        logger.warning("calcom.shape.unexpected", company_id=self.company.pk, endpoint=where.endpoint, field=field)
        return CalcomVersionMismatch(text, where=where)

    def forget_event_types(self) -> None:
        """A write has changed the lists, and what is free with them."""
        cache.forget(self.company.pk, "event_types")
        cache.forget_slots(self.company.pk, None)

    def forget_slots(self, event_type_id: int | None, *, sharing: Sequence[int] | None = None) -> None:
        """A write has changed what is free. For `sharing` see calcom.cache.forget_slots()."""
        cache.forget_slots(self.company.pk, event_type_id, sharing=sharing)

    def endless(self, call: Call) -> CalcomMisconfigured:
        """A list of which there is always one more page. Half of it would look as if the rest were gone."""
        where = Where(company_id=self.company.pk, company=self.company.name, endpoint=f"{call.method} {call.endpoint}")
        return CalcomMisconfigured(
            f"the list has no end: more than {MAX_PAGES} pages. Whose server is it?", where=where
        )

    def paged(self, model: type[W], endpoint: str, path: str) -> Listing[W]:
        """A list with take and skip and without counters: pages until one is not full or brings nothing new."""
        found: dict[object, W] = {}
        for number in range(MAX_PAGES):
            call = Call("GET", endpoint, path, query={"take": PAGE, "skip": number * PAGE})
            page = self.read_list(model, call)
            known = len(found)
            found |= {_identity(row): row for row in page}
            if len(page) < PAGE or len(found) == known:
                return Listing(tuple(found.values()))
        raise self.endless(call)


def _identity(row: Wire) -> object:
    """What makes a row another one: memberships may have no id of their own."""
    return getattr(row, "id", None), getattr(row, "user_id", None)


def _id_of(item: Any) -> int:
    """The id of a row that cannot be read otherwise, else 0."""
    try:
        return _Numbered.model_validate(item).id
    except ValidationError:
        return 0


class _Numbered(Wire):
    model_config = ConfigDict(strict=True)

    id: Id


def _worth_another_try(error: Exception) -> bool:
    """Whether a read may be sent again at once: not while the circuit is open, nor when told to wait."""
    return isinstance(error, CalcomUnavailable) and error.retry_at is None


def utc(moment: datetime) -> str:
    """An aware time as Cal.com wants it: UTC with Z; naive times and bare dates are never sent."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be sent")
    moment = moment.astimezone(UTC)
    fraction = f".{moment.microsecond // 1000:03d}" if moment.microsecond else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
