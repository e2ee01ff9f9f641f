"""The frame around every page, and the pieces that several pages use. Everything from outside is escaped here."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from html import escape
from pathlib import Path

from calcom.sandbox.page.words import _, language, preferred, when
from calcom.sandbox.router import Call, Handler
from calcom.sandbox.wire import Answer, Refusal

_STYLE = (Path(__file__).parent / "style.css").read_text()
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


class Html(str):
    """Text that is HTML already; all other text gets escaped."""

    __slots__ = ()


def html(template: str, **values: object) -> Html:
    """The template with its {names} filled in: escaped, but for Html."""
    return Html(template.format(**{name: _safe(value) for name, value in values.items()}))


def join(parts: Iterable[Html]) -> Html:
    """Pieces one after the other."""
    return Html("".join(parts))


def page(call: Call, *, title: str, content: Html, said: str = "", is_bad: bool = False, status: int = 200) -> Answer:
    """A whole page; `said` stands above its content, as bad news where it is bad."""
    body = html(
        _FRAME,
        language=language.get(),
        title=title,
        style=Html(_STYLE),
        name=_("A small Cal.com"),
        home=_("Overview"),
        memory=_(
            "Everything here is kept in memory: when the server stops, it forgets. Started again beside Slotkeeper, it "
            "knows the bookings to come of which Slotkeeper has been told."
        ),
        now=_("Time of this server: %(time)s") % {"time": when(call.world.now())},
        notice=notice(said, is_bad=is_bad),
        content=content,
    )
    return Answer(status, body.encode(), dict(_HEADERS))


def notice(said: str, *, is_bad: bool = False) -> Html:
    """What has just happened; nothing where nothing has."""
    kind = "bad" if is_bad else "good"
    return html("<p class='notice {kind}' role='status'>{said}</p>", kind=kind, said=said) if said else Html("")


def elsewhere(path: str) -> Answer:
    """To another page, after a form."""
    return Answer(303, b"", {"Location": path, "Cache-Control": "no-store"})


def button(path: str, text: str, *, kind: str = "", fields: dict[str, str] | None = None, label: str = "") -> Html:
    """A form of one button."""
    hidden = (html('<input type="hidden" name="{n}" value="{v}">', n=n, v=v) for n, v in (fields or {}).items())
    return html(
        '<form method="post" action="{path}">{hidden}'
        '<button class="{kind}" aria-label="{label}">{text}</button></form>',
        path=path,
        hidden=join(hidden),
        kind=kind,
        text=text,
        label=label or text,
    )


def table(heads: Iterable[str], rows: Iterable[Iterable[Html | str]], *, empty: str) -> Html:
    """A table that becomes a list of cards on a narrow screen; a sentence where it has no rows."""
    names = list(heads)
    lines = [
        html(
            "<tr>{cells}</tr>",
            cells=join(html('<td data-head="{h}">{c}</td>', h=h, c=c) for h, c in zip(names, row, strict=True)),
        )
        for row in rows
    ]
    if not lines:
        return html('<p class="quiet">{empty}</p>', empty=empty)
    return html(
        "<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>",
        heads=join(html('<th scope="col">{head}</th>', head=head) for head in names),
        rows=join(lines),
    )


def for_people(handler: Handler) -> Handler:
    """A handler whose words are German where the browser asks for that first, and whose refusals are pages."""

    @functools.wraps(handler)
    def shown(call: Call) -> Answer:
        before = language.set(preferred(call.request.headers.get("accept-language", "")))
        try:
            return handler(call)
        except Refusal as refusal:
            return refused(call, refusal.message, status=refusal.status)
        finally:
            language.reset(before)

    return shown


def refused(call: Call, words: str, *, status: int = 400) -> Answer:
    """A page that says why not."""
    back = html("<p><a href='/'>{back}</a></p>", back=_("Back to the overview"))
    return page(call, title=_("That did not work"), content=back, said=words, is_bad=True, status=status)


def _safe(value: object) -> str:
    return value if isinstance(value, Html) else escape(str(value))


_FRAME = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><a href="/" aria-label="{home}">{name}</a><span>{now}</span></header>
<main>
{notice}
{content}
<p class="quiet">{memory}</p>
</main>
</body>
</html>
"""
