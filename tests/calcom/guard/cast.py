"""An account, and how its calls go."""

from __future__ import annotations

from dataclasses import replace

from calcom.guard import Account, Bucket, Lane, Outcome, Permit, Reported, admit, record

ACCOUNT = Account(company_id=1, host="api.example.com", key_fingerprint="abc", requests_per_minute=100)
STRANGER = replace(ACCOUNT, company_id=2, key_fingerprint="def")


def call(
    outcome: Outcome = Outcome.SUCCESS,
    reported: Reported | None = None,
    *,
    account: Account = ACCOUNT,
    lane: Lane = Lane.INTERACTIVE,
    bucket: Bucket = Bucket.DEFAULT,
) -> Permit:
    """One call from beginning to end. Raises Refused."""
    permit = admit(account, lane=lane, bucket=bucket)
    record(permit, outcome, reported)
    return permit


def fail(times: int, *, account: Account = ACCOUNT) -> None:
    """So many failures in a row."""
    for _ in range(times):
        call(Outcome.FAILURE, account=account)


def trial() -> Permit:
    """A trial call that is on its way."""
    permit = admit(ACCOUNT, lane=Lane.INTERACTIVE)
    assert permit.is_trial
    return permit
