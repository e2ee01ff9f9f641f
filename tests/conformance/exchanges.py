"""Recorded exchanges: what was asked, what was answered, which webhooks came, and at what time.

A folder holds one JSON file for each exchange, in the order of their names. The webhooks that an exchange names lie in
the folder `webhooks` beside it. A recording has no clock of its own: an exchange's time is read from its answer or its
webhooks, and lies between those of its neighbours where neither tells.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

_BIG_BODY = re.compile(r"<(\d+) bytes: .*>")


@dataclass(frozen=True)
class Delivery:
    """One webhook as it was received. `body` is JSON where it can be read as such, else the text."""

    path: str
    headers: dict[str, str]
    body: Any
    received_at: datetime | None = None

    @property
    def trigger(self) -> str:
        """What it tells; empty for a custom template."""
        return str(self.body.get("triggerEvent", "")) if isinstance(self.body, dict) else ""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `file` is the file's name without its ending."""

    file: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int
    answer_headers: dict[str, str]
    answer: Any
    deliveries: tuple[Delivery, ...]
    at: datetime

    @property
    def groups(self) -> list[str]:
        """The groups of the table it counts in: that of its path, and the errors where it was refused."""
        return [_group(self.path), *(["errors"] if self.status >= 400 else [])]

    def encoded(self) -> bytes:
        """The body's bytes. Text stands as it was sent; a body too big to be kept is made again."""
        if self.body is None:
            return b""
        if not isinstance(self.body, str):
            return json.dumps(self.body, ensure_ascii=False).encode()
        if big := _BIG_BODY.fullmatch(self.body):
            return b'{"x":"' + b"y" * (int(big[1]) - 8) + b'"}'
        return self.body.encode()


def load(folder: Path, *, renamed: dict[str, str] | None = None) -> list[Exchange]:
    """All exchanges of `folder`, in order. `renamed`: the recorded server's words and ours for the same things."""

    def read_json(file: Path) -> Any:
        text = file.read_text()
        for theirs, ours in (renamed or {}).items():
            text = text.replace(theirs, ours)
        return json.loads(text)

    files = sorted(folder.glob("*.json"))
    read = [read_json(file) for file in files]
    webhooks = folder.parent / "webhooks"
    heard = [_deliveries([read_json(webhooks / name) for name in raw["webhooks"]]) for raw in read]
    times = _filled([_time(raw, seen) for raw, seen in zip(read, heard, strict=True)])
    return [
        _exchange(file.stem, raw, deliveries=seen, at=at)
        for file, raw, seen, at in zip(files, read, heard, times, strict=True)
    ]


def delivery(path: str, headers: dict[str, str], text: str, received_at: datetime | None = None) -> Delivery:
    """A webhook from what was received."""
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return Delivery(path=path, headers=headers, body=body, received_at=received_at)


def _exchange(file: str, raw: dict[str, Any], *, deliveries: tuple[Delivery, ...], at: datetime) -> Exchange:
    request, response = raw["request"], raw["response"]
    return Exchange(
        file=file,
        method=request["method"],
        path=request["path"],
        headers=request["headers"],
        body=request["body"],
        status=response["status"],
        answer_headers=response["headers"],
        answer=response["body"] if response["body"] != "" else None,
        deliveries=deliveries,
        at=at,
    )


def _deliveries(read: list[dict[str, Any]]) -> tuple[Delivery, ...]:
    return tuple(
        delivery(one["path"], one["headers"], one["body_text"], datetime.fromisoformat(one["received_at"]))
        for one in read
    )


def _group(path: str) -> str:
    address = path.split("?", maxsplit=1)[0].rstrip("/")
    for part, group in (
        ("/webhooks", "webhooks"),
        ("/slots/reservations", "reservations"),
        ("/slots", "slots"),
        ("/event-types", "event types"),
        ("/v2/bookings", "bookings"),
    ):
        if part in address:
            return group
    return "me, schedules, other"


def _time(raw: dict[str, Any], deliveries: tuple[Delivery, ...]) -> datetime | None:
    """When it was answered, as far as the exchange tells."""
    body = raw["response"]["body"]
    if not isinstance(body, dict):
        return None
    if "timestamp" in body:
        return datetime.fromisoformat(body["timestamp"])
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data else data
    if not isinstance(first, dict) or raw["request"]["method"] == "GET":
        return None
    told = [one.received_at for one in deliveries if one.received_at]
    told += [datetime.fromisoformat(first[key]) for key in ("updatedAt",) if first.get(key)]
    if "reservationUntil" in first:
        until, length = datetime.fromisoformat(first["reservationUntil"]), first["reservationDuration"]
        told.append(until - timedelta(minutes=length))
    if raw["response"]["status"] == 201 and "createdAt" in first:
        told = [datetime.fromisoformat(first["createdAt"])]
    return max(told, default=None)


def _filled(times: list[datetime | None]) -> list[datetime]:
    """Times for all, never going back: those between two known ones lie evenly between them."""
    known = [(index, at) for index, at in enumerate(times) if at]
    if not known:
        raise ValueError("Not one exchange of this folder tells when it happened.")
    filled: list[datetime] = []
    for index in range(len(times)):
        before = max((one for one in known if one[0] <= index), default=known[0])
        after = min((one for one in known if one[0] >= index), default=known[-1])
        share = (index - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 0
        at = before[1] + (after[1] - before[1]) * share
        filled.append(max(at, filled[-1]) if filled else at)
    return filled
