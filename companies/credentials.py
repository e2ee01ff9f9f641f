"""A company's Cal.com key and webhook secrets: how they are set and replaced. They are never read out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from companies.models import new_webhook_token

if TYPE_CHECKING:
    from companies.models import Company

logger = structlog.get_logger(__name__)

FORMER_SECRETS_KEPT = 5


def webhook_address(company: Company) -> str:
    """The address to enter at Cal.com as the webhook's subscriber URL."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}/api/webhooks/calcom/{company.webhook_token}"


def set_api_key(company: Company, api_key: str) -> None:
    """Store a new Cal.com API key."""
    company.calcom_api_key = api_key.strip()
    company.save(update_fields=["calcom_api_key"])
    logger.info("company.api_key.set", company_id=company.pk)


def set_webhook_secret(company: Company, secret: str) -> None:
    """Sign with a new secret from now on. The old ones are accepted until they are forgotten, the last five at most."""
    secret = secret.strip()
    former = [old for old in company.webhook_secrets if old != secret]
    company.former_webhook_secrets = "\n".join(former[:FORMER_SECRETS_KEPT])
    company.webhook_secret = secret
    company.save(update_fields=["webhook_secret", "former_webhook_secrets"])
    logger.info("company.webhook_secret.set", company_id=company.pk, former=len(former))


def forget_former_secrets(company: Company) -> None:
    """Accept deliveries signed with the present secret only."""
    company.former_webhook_secrets = ""
    company.save(update_fields=["former_webhook_secrets"])
    logger.info("company.former_secrets.forgotten", company_id=company.pk)


def renew_webhook_token(company: Company) -> None:
    """Give the company a new webhook address; the old one is unknown at once."""
    company.webhook_token = new_webhook_token()
    company.save(update_fields=["webhook_token"])
    logger.info("company.webhook_token.renewed", company_id=company.pk)
