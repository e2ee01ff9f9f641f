"""Who asks: API keys, the texts of every refusal, and who is counted by the rate limit."""

from __future__ import annotations

from dataclasses import dataclass

from calcom.sandbox.limits import ACCESS_TOKEN, UNAUTHENTICATED, Tracker
from calcom.sandbox.state import ApiKey, User, World
from calcom.sandbox.wire import Refusal, Request

KEY_PREFIX = "cal_"
NO_METHOD = (
    "ApiAuthStrategy - No authentication method provided. Either pass an API key as 'Bearer' header or OAuth client "
    "credentials as 'x-cal-secret-key' and 'x-cal-client-id' headers"
)
NO_PERMISSION = (
    "PermissionsGuard - no authentication provided. Provide either authorization bearer token containing managed user "
    "access token or oAuth client id in 'x-cal-client-id' header."
)


@dataclass(frozen=True)
class Credentials:
    """What a request brought: nothing, a key that exists, or some other token."""

    token: str
    api_key: ApiKey | None
    address: str

    def tracker(self) -> Tracker:
        """Who is counted. A key has its own limit, any other token counts as an access token."""
        if self.api_key:
            return Tracker(f"key {self.token}", self.api_key.limit, self.api_key.limit_name)
        if self.token:
            return Tracker(f"token {self.token}", ACCESS_TOKEN)
        return Tracker(f"address {self.address}", UNAUTHENTICATED)


def credentials(request: Request, world: World) -> Credentials:
    """Reads the Authorization header. "Bearer " is matched as it stands; a key without any scheme works too.

    An unknown key is refused here, before it is counted.
    """
    token = request.headers.get("authorization", "").strip().removeprefix("Bearer ").strip()
    api_key = None
    if token.startswith(KEY_PREFIX):
        api_key = world.api_keys.get(token)
        if api_key is None:
            raise Refusal(401, "CustomThrottlerGuard - Invalid API Key")
    return Credentials(token, api_key, request.peer)


def admit(who: Credentials, world: World, *, auth: str) -> User | None:
    """The caller, or None for a stranger where strangers are welcome. auth as in `route`."""
    if not who.token:
        _refuse_strangers(auth)
        return None
    if who.api_key is None:
        raise _not_a_key(who.token, auth)
    if who.api_key.expires_at and who.api_key.expires_at <= world.now():
        raise Refusal(401, "ApiAuthStrategy - api key - Your api key is expired")
    user = world.users.get(who.api_key.user_id)
    if user is None:
        raise Refusal(401, "ApiAuthStrategy - api key - No user tied to this apiKey")
    return user


def _refuse_strangers(auth: str) -> None:
    if auth == "permission":
        raise Refusal(403, NO_PERMISSION)
    if auth == "required":
        raise Refusal(401, NO_METHOD)


def _not_a_key(token: str, auth: str) -> Refusal:
    if auth == "permission":
        return Refusal(403, f"PermissionsGuard - no oAuth client found for access token={token}")
    return Refusal(401, "Invalid Access Token.")
