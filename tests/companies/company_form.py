"""What the company's page is sent."""

from typing import Any

from django.urls import reverse

from companies.models import Company

SECRETS = ["cal_live_4711", "hook-secret-0815", "former-secret-42"]


def page(company: Company, what: str = "change") -> str:
    return reverse(f"admin:companies_company_{what}", args=[company.pk])


def form(**fields: Any) -> dict[str, Any]:
    general = {"name": "Salon Nord", "slug": "salon-nord", "business_type": "hair_salon", "time_zone": "Europe/Berlin"}
    return {
        **general,
        "calcom_base_url": "",
        "calcom_api_versions": "{}",
        "requests_per_minute": 100,
        "settings": "{}",
        "is_active": "on",
        **fields,
    }
