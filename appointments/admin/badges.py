"""Small pieces of HTML for lists and pages. Everything that comes from outside is escaped here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

# The colours of Unfold's own labels: only classes that its stylesheet holds can be used.
_COLOURS = {
    "green": "bg-green-100 text-green-700 dark:bg-green-500/20 dark:text-green-400",
    "amber": "bg-orange-100 text-orange-700 dark:bg-orange-500/20 dark:text-orange-400",
    "red": "bg-red-100 text-red-700 dark:bg-red-500/20 dark:text-red-400",
    "blue": "bg-blue-100 text-blue-700 dark:bg-blue-500/20 dark:text-blue-400",
    "primary": "bg-primary-100 text-primary-700 dark:bg-primary-500/20 dark:text-primary-400",
    "grey": "bg-base-500/8 text-base-700 dark:bg-base-500/20 dark:text-base-200",
}
_BADGE = "sk-badge rounded-default"


def badge(text: Any, colour: str = "grey", *, title: Any = "") -> SafeString:
    """A coloured label, with an explanation where the pointer rests on it."""
    return format_html('<span class="{} {}"{}>{}</span>', _BADGE, _COLOURS[colour], _title(title), text)


def mark(symbol: str, title: Any, colour: str = "") -> SafeString:
    """A symbol of the portal's icon font that says one thing, in words for those who do not see it."""
    return format_html(
        '<span class="material-symbols-outlined align-middle {}" role="img" aria-label="{}" title="{}">{}</span>',
        f"sk-{colour}" if colour else "",
        title,
        title,
        symbol,
    )


def noted(text: Any, title: Any, note: Any = "") -> SafeString:
    """Text with an explanation where the pointer rests on it, and a smaller second line."""
    second = format_html('<span class="block text-subtle text-xs">{}</span>', note) if note else mark_safe("")
    return format_html("<span{}>{}{}</span>", _title(title), text, second)


def joined(parts: list[SafeString], separator: str = " ") -> SafeString:
    """Several pieces beside each other."""
    return format_html_join(separator, "{}", ((part,) for part in parts))


def web_link(address: str) -> SafeString:
    """A link, if the address is one of the web; else (javascript:, data:, a phone number, …) plain text."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return conditional_escape(address)
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return conditional_escape(address)
    return format_html(
        '<a class="sk-link" href="{}" target="_blank" rel="noopener noreferrer">{}</a>', address, address
    )


def page_link(address: str, text: Any) -> SafeString:
    """A link to another page of the portal."""
    return format_html('<a class="sk-link" href="{}">{}</a>', address, text)


def _title(text: Any) -> SafeString:
    return format_html(' title="{}"', text) if text else mark_safe("")
