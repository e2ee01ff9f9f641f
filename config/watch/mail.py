"""A message by e-mail."""

from __future__ import annotations

from functools import partial
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from companies.models import AlertMessage
from config.watch import smtp, words
from config.watch.receivers import settings_of
from config.watch.sending import NotSent

if TYPE_CHECKING:
    from collections.abc import Callable

    from companies.models import Incident

# A mail server that trickles holds Django's own without end.
_ENDING = {"django.core.mail.backends.smtp.EmailBackend": f"{smtp.__name__}.{smtp.EmailBackend.__name__}"}
_TEMPLATE = "watch/mail.txt"
# So that nobody's out-of-office answers.
_HEADERS = {"Auto-Submitted": "auto-generated"}


def prepared(message: AlertMessage) -> Callable[[], None]:
    """What sends it; the text is written here. It raises NotSent."""
    incident = message.incident
    with translation.override(_language(incident)):
        subject = " ".join(_subject(message).split())
        body = render_to_string(_TEMPLATE, _facts(message))
    connection = get_connection(_ENDING.get(settings.EMAIL_BACKEND, settings.EMAIL_BACKEND))
    return partial(_send, EmailMessage(subject, body, None, [message.address], connection=connection, headers=_HEADERS))


def _language(incident: Incident) -> str:
    wanted = settings_of(incident.company).language if incident.company else ""
    return wanted or str(settings.LANGUAGE_CODE)


def _subject(message: AlertMessage) -> str:
    told = {"name": words.name_of(message.incident)}
    if message.occasion == AlertMessage.Occasion.END:
        return _("[Slotkeeper] Over: %(name)s") % told
    return _("[Slotkeeper] %(name)s") % told


def _facts(message: AlertMessage) -> dict[str, object]:
    incident = message.incident
    ended_at = incident.ended_at if message.occasion == AlertMessage.Occasion.END else None
    return {
        "name": words.name_of(incident),
        "what": words.what(incident),
        "to_do": "" if ended_at else words.to_do(incident),
        "began": words.when(incident.opened_at, incident) if incident.opened_at else "",
        "ended": words.when(ended_at, incident) if ended_at else "",
        "link": words.link(incident),
    }


def _send(mail: EmailMessage) -> None:
    """The mail server's words are left out: they repeat addresses."""
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        raise NotSent("the mail server refuses the address") from error
    except SMTPResponseException as error:
        raise NotSent(f"the mail server refuses the mail ({error.smtp_code})") from error
    except smtp.TookTooLong as error:
        raise NotSent(f"the mail server did not take it within {smtp.WHOLE_S:.0f} s") from error
    except (SMTPException, OSError) as error:
        raise NotSent(f"the mail server cannot be reached ({type(error).__name__})") from error
