"""The small Cal.com as a function from request to answer: routes, versions, limits, access, errors and faults.

A request passes in Cal.com's order: body parser (413, malformed JSON), router with the version (404), rate limit (429,
and the headers of every later answer), credentials (401, 403), handler. No sockets here: server.py has them.
"""

from __future__ import annotations

import importlib
import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, unquote

from calcom.sandbox import access, bodies, breakage, router, versions
from calcom.sandbox.installation import Installation
from calcom.sandbox.router import Call, Route
from calcom.sandbox.state import Clock, World
from calcom.sandbox.wire import Answer, Refusal, Request

logger = logging.getLogger(__name__)

# Importing them fills the table of routes.
HANDLERS = (
    "control",
    "me",
    "schedules",
    "event_types",
    "event_types_old",
    "slots_api",
    "reservations",
    "subscriptions",
    "teams",
    "memberships",
    "team_event_types",
    "bookings.routes",
)
COMMON_HEADERS = {"Access-Control-Allow-Origin": "*"}
ALLOWED_METHODS = {"Access-Control-Allow-Methods": "GET,HEAD,PUT,PATCH,POST,DELETE"}


class Sandbox(Installation):
    """One small Cal.com. `handle` may be called from many threads."""

    def __init__(self, world: World | None = None, *, clock: Clock | None = None, seed: int | None = None) -> None:
        super().__init__(world, clock=clock, seed=seed)
        for name in HANDLERS:
            importlib.import_module(f"calcom.sandbox.{name}")

    def handle(self, request: Request) -> Answer:
        """Answers one request, whatever it is."""
        path = _rewritten(request.path)
        bare, _, question = path.partition("?")
        call = Call(
            sandbox=self,
            request=request,
            world=self.world,
            user=None,
            api_key=None,
            params={},
            query=parse_qs(question, keep_blank_values=True),
            json=None,
            version=versions.asked_for(request.headers.get("cal-api-version")),
            path=path,
        )
        parts = tuple(unquote(part) for part in bare.strip("/").split("/"))
        answer = self._beside(call, parts) if parts[0] != "v2" else self._api(call, parts[1:])
        return answer.plus(COMMON_HEADERS | {"X-Request-Id": str(uuid.uuid4())})

    def _beside(self, call: Call, parts: tuple[str, ...]) -> Answer:
        found = router.find_local(call.request.method, parts)
        if found is None:
            return self._guarded(call, lambda: _no_such_route(call))
        return self._guarded(call, lambda: found.handler(replace(call, params=found.params(parts))))

    def _api(self, call: Call, parts: tuple[str, ...]) -> Answer:
        if call.request.method == "OPTIONS":
            return Answer(204, headers=ALLOWED_METHODS)
        found = router.find(call.request.method, parts, call.version)
        if found:
            call = replace(call, params=found.params(parts))
        return breakage.applied(call, operation=found.name if found else "", work=lambda: self._routed(call, found))

    def _routed(self, call: Call, found: Route | None) -> Answer:
        headers: dict[str, str] = {}
        return self._guarded(call, lambda: self._work(call, found, headers)).plus(headers)

    def _work(self, call: Call, found: Route | None, headers: dict[str, str]) -> Answer:
        json = bodies.parsed(call.request)
        if found is None:
            return _no_such_route(call)
        who = access.credentials(call.request, self.world)
        counted, too_many = self.limits.count(who.tracker().throttled(found.name), now=self.world.steady())
        headers.update(counted)
        if too_many:
            raise too_many
        user = access.admit(who, self.world, auth=found.auth)
        return found.handler(replace(call, user=user, api_key=who.api_key, json=json))

    def _guarded(self, call: Call, work: Callable[[], Answer]) -> Answer:
        try:
            return work()
        except Refusal as refusal:
            return refusal.answer(now=self.world.now(), path=call.path)
        except Exception:  # a mistake of this server: 500 as Cal.com's own mistakes look
            logger.exception("calcom.sandbox.failed")
            return Answer(500, {"statusCode": 500, "message": "Internal server error"})


def _rewritten(path: str) -> str:
    """Cal.com serves /api/v2 and /v2/ee under /v2, too."""
    if path.startswith("/api/v2/"):
        path = path.removeprefix("/api")
    return "/v2/" + path.removeprefix("/v2/ee/") if path.startswith("/v2/ee/") else path


def _no_such_route(call: Call) -> Answer:
    raise Refusal(404, f"Cannot {call.request.method} {call.path}")
