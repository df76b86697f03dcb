"""The one origin inside that may be called: the local stack's own push service and receiver of webhooks."""

from functools import cache

from cabinet.core.settings import Settings
from cabinet.outbound.address_rules import is_within


class OutboundSettings(Settings):
    """What else than the open internet may be called: on a laptop, the stack itself."""

    local_stack: bool = False
    outbound_local_origin: str = ""
    """One origin (``http://127.0.0.1:8000``), used by the local stack only."""


@cache
def local_origin() -> str:
    """Return the one origin inside that may be called; "" everywhere but on the local stack."""
    settings = OutboundSettings.load()
    return settings.outbound_local_origin if settings.local_stack else ""


def is_local(url: str) -> bool:
    """Tell whether a URL is a plain path of that origin; nothing is, where there is no local stack."""
    return is_within(url, local_origin())
