"""Asks a sandbox what was once asked of Cal.com, over a real socket, and compares each answer."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from calcom.sandbox.app import Sandbox
from calcom.sandbox.server import RunningSandbox, running_sandbox
from tests.conformance import compare
from tests.conformance.compare import STRUCTURE, Difference
from tests.conformance.exchanges import Delivery, Exchange, delivery, load
from tests.conformance.names import Names, root_kind
from tests.conformance.setting import Setting, setting_of

_PATIENCE_S = 20


@dataclass(frozen=True)
class Result:
    """One exchange and what differs."""

    exchange: Exchange
    differences: list[Difference]

    @property
    def is_alike(self) -> bool:
        """Equal in status and shape."""
        return not any(one.kind in STRUCTURE for one in self.differences)


@dataclass(frozen=True)
class Answered:
    """What came over the socket."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Sent:
    """A webhook as the sandbox sent it."""

    url: str
    raw: bytes
    headers: dict[str, str]

    @property
    def delivery(self) -> Delivery:
        """The same as the recording keeps it."""
        return delivery(urlsplit(self.url).path, self.headers, self.raw.decode())


@dataclass
class Replay:
    """The state that goes from exchange to exchange."""

    setting: Setting
    now: datetime
    names: Names = field(default_factory=Names)
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sandbox = Sandbox(self.setting.world(lambda: self.now))
        self.sandbox.sender = self._receive

    def run(self, exchanges: list[Exchange]) -> Iterator[Result]:
        """Results in order."""
        with running_sandbox(self.sandbox) as server:
            for exchange in exchanges:
                yield Result(exchange, self._differences(exchange, server))

    def _differences(self, exchange: Exchange, server: RunningSandbox) -> list[Difference]:
        self.now = exchange.at
        self.sent.clear()
        self.setting.prepare(exchange.file, self.sandbox.world, self.names)
        try:
            answered = self._ask(exchange, server)
        except (OSError, http.client.HTTPException) as error:
            return [Difference("status", "", f"{exchange.status} recorded, no answer: {error!r}")]
        return [*self._compared(exchange, answered), *self._webhooks(exchange)]

    def _ask(self, exchange: Exchange, server: RunningSandbox) -> Answered:
        address = urlsplit(server.url)
        body = exchange.encoded()
        if body and not isinstance(exchange.body, str):
            body = json.dumps(self.names.translated(exchange.body), ensure_ascii=False).encode()
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_PATIENCE_S)
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # answered before all was read
                path = self.names.translated_path(exchange.path)
                connection.request(exchange.method, path, body=body or None, headers=exchange.headers)
            answer = connection.getresponse()
            return Answered(answer.status, dict(answer.headers), _parsed(answer.read()))
        finally:
            connection.close()

    def _compared(self, exchange: Exchange, answered: Answered) -> list[Difference]:
        if exchange.status != answered.status:
            text = f"{exchange.status} recorded, {answered.status} answered ({_message(answered.body)})"
            return [Difference("status", "", text)]
        taken = self.names.learn(exchange.answer, answered.body, path=exchange.path)
        recorded = self.names.translated(exchange.answer, kind=root_kind(exchange.path))
        return [
            *(Difference("value", "", one) for one in taken),
            *compare.answer_differences(recorded, answered.body),
            *compare.header_differences(exchange.answer_headers, answered.headers),
        ]

    def _webhooks(self, exchange: Exchange) -> list[Difference]:
        sent = [one.delivery for one in self.sent]
        for theirs, ours in zip(exchange.deliveries, sent, strict=False):
            if (theirs.path, theirs.trigger) == (ours.path, ours.trigger):
                self.names.learn(theirs.body, ours.body, path="/bookings")
        recorded = [replace(one, body=self.names.translated(one.body, kind="booking")) for one in exchange.deliveries]
        return [*compare.webhook_differences(recorded, sent), *self._false_signatures()]

    def _receive(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Stands for the recording's receiver of webhooks, which answered at one address only."""
        if urlsplit(url).netloc != self.setting.receiver:
            raise ConnectionRefusedError(url)
        self.sent.append(Sent(url, body, headers))
        return 200

    def _false_signatures(self) -> Iterator[Difference]:
        for one in self.sent:
            secrets = {row.secret for row in self.sandbox.world.subscriptions.values() if row.url == one.url}
            given = {name.lower(): value for name, value in one.headers.items()}.get(compare.SIGNATURE)
            if given not in {_signature(one.raw, secret) for secret in secrets}:
                yield Difference("webhook", compare.SIGNATURE, f"{given} was made with none of the secrets")


def replay(folder: Path) -> list[Result]:
    """Replay all exchanges of a folder against a sandbox of its own."""
    setting = setting_of(folder)
    exchanges = load(folder, renamed=setting.renamed)
    return list(Replay(setting, exchanges[0].at).run(exchanges))


def _signature(body: bytes, secret: str | None) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() if secret else compare.UNSIGNED


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw.decode(errors="replace")


def _message(body: Any) -> str:
    error = body.get("error", body) if isinstance(body, dict) else body
    return str(error.get("message", "") if isinstance(error, dict) else error)[:200]
