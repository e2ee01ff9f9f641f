"""What the page asks of the API, straight from its handlers: customers of Cal.com's own pages know no rate limit.

The faults of requests are for clients of the API and do not touch the page; those of webhooks do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from calcom.sandbox import router
from calcom.sandbox.page.words import _
from calcom.sandbox.router import Call
from calcom.sandbox.state import User
from calcom.sandbox.wire import Refusal

VERSIONS = {"bookings": "2024-08-13", "slots": "2024-09-04"}


@dataclass(frozen=True)
class Reply:
    """What came of it: data, or the words of the refusal."""

    data: Any = None
    refusal: str = ""


def ask(
    call: Call,
    method: str,
    path: str,
    *,
    query: dict[str, str] | None = None,
    json: Any = None,
    user: User | None = None,
) -> Reply:
    """One request below /v2, as a stranger or as `user`."""
    parts = tuple(path.strip("/").split("/"))
    version = VERSIONS[parts[0]]
    found = router.find(method, parts, version)
    if found is None:
        return Reply(refusal=f"Cannot {method} {path}")
    asked = replace(
        call,
        user=user,
        params=found.params(parts),
        query={name: [value] for name, value in (query or {}).items()},
        json=json,
        version=version,
        path=f"/v2{path}",
    )
    try:
        answer = found.handler(asked)
    except Refusal as refusal:
        return Reply(refusal=refusal.message)
    return Reply(data=answer.body.get("data") if isinstance(answer.body, dict) else None)


def form(call: Call) -> dict[str, str]:
    """The fields of a form that was sent; of several values the last. Raises Refusal for another site's form."""
    origin = call.request.headers.get("origin")
    if origin not in (None, f"http://{call.request.headers.get('host')}"):
        raise Refusal(403, _("This form stands on a page of somebody else."))
    sent = parse_qs(call.request.body.decode(errors="replace"), keep_blank_values=True)
    return {name: values[-1].strip() for name, values in sent.items()}
