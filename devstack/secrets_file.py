"""Secrets of a developer's stack: made once at random, kept in one file that only its owner may read."""

import base64
import json
import os
import secrets
from pathlib import Path


def new_fernet_key() -> str:
    """32 random bytes in the form that FIELD_ENCRYPTION_KEYS wants."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def kept_secrets(path: Path) -> dict[str, str]:
    """The secrets of `path`; those that are missing there are made and added."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    wanted = {
        "database_password": secrets.token_urlsafe(24),
        "secret_key": secrets.token_urlsafe(50),
        "field_encryption_key": new_fernet_key(),
        "webhook_secret": secrets.token_urlsafe(32),
        "demo_password": secrets.token_urlsafe(9),
    }
    if wanted.keys() - known.keys():
        known = wanted | known
        write_private(path, json.dumps(known, indent=2))
    return known


def write_private(path: Path, text: str) -> None:
    """Write `text` so that nobody else can ever read it and no reader sees half of it."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
