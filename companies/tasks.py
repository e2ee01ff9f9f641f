"""Mail from the worker: a page neither waits for the mail server nor tells by its speed whether an address is known.

And what is forgotten in time.
"""

from __future__ import annotations

from functools import partial
from smtplib import SMTPException
from typing import Protocol

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import translation
from kombu.exceptions import OperationalError

from companies import invitations, kept_answers
from companies.models import Membership, User

logger = structlog.get_logger(__name__)


class MailTask(Protocol):
    """A task of this module."""

    name: str

    def delay(self, pk: int, language: str, /) -> object:
        """Hand it to the worker."""


@shared_task(autoretry_for=(SMTPException, OSError), retry_backoff=10, retry_backoff_max=240, max_retries=6)
def mail_invitation(membership_id: int, language: str) -> None:
    """Send the invitation, unless the membership is gone."""
    membership = Membership.objects.select_related("user", "company").filter(pk=membership_id).first()
    if membership is not None:
        with translation.override(language):
            invitations.send_invitation(membership)


@shared_task(autoretry_for=(SMTPException, OSError), retry_backoff=10, retry_backoff_max=240, max_retries=6)
def mail_password_link(user_id: int, language: str) -> None:
    """Send a link to set a password, unless the user is gone or shut out."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        with translation.override(language):
            invitations.send_password_link(user)


@shared_task
def forget_answers() -> None:
    """Delete what was kept for Idempotency-Keys longer than a day ago."""
    gone = kept_answers.forget_old()
    logger.info("api.answers.forgotten", count=gone)


def mail_soon(task: MailTask, pk: int) -> None:
    """Hand a mail to the worker once the transaction is committed, in the reader's present language."""
    transaction.on_commit(partial(_hand_over, task, pk, translation.get_language() or "en"))


def _hand_over(task: MailTask, pk: int, language: str) -> None:
    try:
        task.delay(pk, language)
    except OperationalError:  # the broker is away; whoever waits for the mail can ask for it again
        logger.exception("mail.not_handed_over", task=task.name, id=pk)
