"""How the secret of Госуслуги changes: what is given replaces what is there, once ESIA has taken it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from cabinet.identity.esia.id_token import PinnedKeys
from cabinet.identity.esia.provider import AuthorizationRequest, ProviderError, ProviderUnavailable
from cabinet.identity.esia.settings import EsiaSecret, EsiaSettings, get_provider
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECONDS = 10.0


def changed(current: EsiaSecret, given: Mapping[str, Any], source: str) -> EsiaSecret:
    """Return the secret with the fields that `given` names replaced.

    Raises
    ------
    CommandError
        A field has no such name or form, or the whole cannot sign or believe anything.
    """
    try:
        found = EsiaSecret.model_validate({**current.model_dump(), **given})
    except ValidationError as error:
        named = {".".join(map(str, each["loc"])) for each in error.errors(include_input=False)}
        raise CommandError(f"{source}: not in the form that is read: {', '.join(sorted(named))}") from None
    for issue in _find_issues(found):
        raise CommandError(f"{source}: {issue}")
    return found


def _find_issues(secret: EsiaSecret) -> Iterator[str]:
    if secret.dialect == "oidc":
        return
    if bool(secret.private_key) == bool(secret.signing_url):
        yield 'either private_key or signing_url signs; the one that ends is given as ""'
    if not (secret.id_token_key or secret.jwks_url):
        yield "neither id_token_key nor jwks_url: no answer could be believed"
    if secret.id_token_key and not list(PinnedKeys(secret.id_token_key).keys_for("")):
        yield "id_token_key holds no PEM of a public key or certificate"


def ask(settings: EsiaSettings, secret: EsiaSecret, redirect_uri: str) -> str:
    """Ask ESIA for its sign-in page as a browser would, and return what that shows.

    It checks a request's signature before anybody signs in. Raises CommandError when it refuses ours.
    """
    if secret.dialect == "oidc":
        return "a plain OpenID Connect provider cannot be asked beforehand: the first sign-in shows it"
    import httpx

    state, nonce, verifier = (secrets.token_urlsafe(24) for _ in range(3))
    try:
        address = get_provider(settings, secret).authorization_url(
            AuthorizationRequest(state, nonce, verifier, redirect_uri)
        )
    except (ValueError, TypeError):
        raise CommandError("nothing is written: private_key is no PEM of an RSA key") from None
    except (ProviderError, ProviderUnavailable):
        raise CommandError("nothing is written: the signing service does not sign") from None
    try:
        answer = httpx.get(address, timeout=_SECONDS)
    except httpx.HTTPError as error:
        raise CommandError(f"nothing is written: ESIA does not answer ({type(error).__name__})") from None
    refusal = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("error", [""])[0]
    if answer.status_code >= 400 or refusal:
        said = f"HTTP {answer.status_code} {refusal}".rstrip()
        raise CommandError(
            f"nothing is written: ESIA refuses a request that is signed so ({said}); is the new certificate "
            "registered there, and is it the one of certificate_hash?"
        )
    return "ESIA shows its sign-in page to a request that is signed so"
