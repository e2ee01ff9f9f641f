"""E-mails with a link that sets a password: to people invited, and to people who forgot theirs.

Both links lead to the same page. They hold for settings.PASSWORD_RESET_TIMEOUT and until a password was set.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import caches
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

if TYPE_CHECKING:
    from companies.models import Membership, User


LINKS_PER_HOUR = 3


def password_link(user: User) -> str:
    """The address of the page on which this user sets a password. Whoever has it can log in as the user."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(user)])
    return _absolute(path)


def send_invitation(membership: Membership) -> None:
    """Tell somebody that they may work for a company; with a link where they have no password yet."""
    user = membership.user
    waiting = not user.has_usable_password()
    link = password_link(user) if waiting else _absolute(reverse("admin:index"))
    _send(user, "companies/mail/invitation", {"membership": membership, "waiting": waiting, "link": link})


def send_password_link(user: User) -> None:
    """Send somebody a link to set a new password."""
    _send(user, "companies/mail/password", {"link": password_link(user)})


def may_ask_again(email: str) -> bool:
    """Count a wish for a link. False after three in an hour for one address; always True while the cache is away."""
    counts = caches["lenient"]
    key = f"companies.password_links.{sha256(email.strip().lower().encode()).hexdigest()}"
    counts.add(key, 0, timeout=3600)
    try:
        count: int | None = counts.incr(key)
    except ValueError:  # the hour ended between the two lines
        return True
    return count is None or count <= LINKS_PER_HOUR


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{path}"


def _send(user: User, template: str, facts: dict[str, object]) -> None:
    facts = {**facts, "user": user, "days": settings.PASSWORD_RESET_TIMEOUT // 86400}
    subject = " ".join(render_to_string(f"{template}.subject.txt", facts).split())
    send_mail(subject, render_to_string(f"{template}.txt", facts), None, [user.email])
