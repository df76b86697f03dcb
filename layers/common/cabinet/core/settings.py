"""Settings from the environment, validated once at init. A function's own settings subclass ``Settings``."""

import os
import re
from functools import cache
from typing import Self

from pydantic import ConfigDict, SecretStr

from cabinet.core.model import DeferredModel


class Settings(DeferredModel):
    """Variables whose upper-cased names are the fields; unknown variables are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def load(cls) -> Self:
        """Read the process's environment; raises pydantic's ValidationError when a variable is missing."""
        named = {
            field: os.environ[field.upper()] for field in cls.model_fields if field.upper() in os.environ
        }
        return cls.model_validate(named)


class HttpSettings(Settings):
    """What every HTTP function needs to know."""

    site_origin: str
    """``https://host``: unsafe requests must come from it, and links in mails begin with it."""
    client_address_header: str = "cloudfront-viewer-address"
    """The header that carries the caller's address; set by the proxy in front, never trusted otherwise."""
    address_requests_per_minute: int = 600
    """What one process lets one address do; many residents may share a provider's address. 0: no limit."""
    origin_token: SecretStr | None = None
    """The first token by which CloudFront proves itself, until it is rotated (`cabinet.api_secrets`).

    None: no token is asked for.
    """
    local_stack: bool = False
    """True only on a laptop: captcha answers are ``12345`` and the simulators exist."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Return where the site is: at its one origin; on this machine alone also by the loopback's name.

        A passkey is made for a name, never for an address, so the desk of a laptop is also at ``localhost``.
        """
        matched = re.fullmatch(r"http://127\.0\.0\.1(:\d+)?", self.site_origin)
        return (
            (self.site_origin,)
            if matched is None
            else (self.site_origin, f"http://localhost{matched[1] or ''}")
        )


@cache
def http_settings() -> HttpSettings:
    """Return the settings that all HTTP functions share."""
    return HttpSettings.load()
