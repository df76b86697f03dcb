"""Which addresses may be called when somebody else names them (no SSRF). Pure.

Checking the name is not enough: it is resolved, every address that it has is checked, and the connection goes
to the very address that was checked (`outbound.connection`): a name that changes meanwhile gains nothing.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

MAX_URL = 2048
_PORT = 443
_NAME = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
"""A registered name of two labels at least, the last one no number: no spelling of an address is a name."""
_LOCAL_ENDINGS = (".local", ".localhost", ".internal", ".home.arpa", ".lan", ".intranet", ".corp")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: the name of the certificate, and the path with its query."""

    host: str
    path: str


def parse_target(url: str) -> Target | None:
    """Return where a URL leads, None unless it is https on port 443 to a registered name."""
    parts = _https_to_name(url)
    if parts is None or parts.port not in (None, _PORT):
        return None
    path = parts.path or "/"
    return Target((parts.hostname or "").lower(), f"{path}?{parts.query}" if parts.query else path)


def is_service_address(url: str) -> bool:
    """Tell whether a URL may be what paths are put after: https to a registered name, a port of its choice.

    Banks serve their interfaces on ports of their own. A query would make a parameter of the path.
    """
    return _https_to_name(url) is not None and "?" not in url


def _https_to_name(url: str) -> SplitResult | None:
    """Return the parts of an https URL with a registered name and no login; None for any other."""
    if (
        len(url) > MAX_URL
        or not url.isascii()
        or any(character <= " " or character == "\\" for character in url)
    ):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or "@" in parts.netloc or parts.fragment:
        return None
    if _NAME.fullmatch(host) is None or host.endswith(_LOCAL_ENDINGS):
        return None
    return parts


def is_within(url: str, origin: str) -> bool:
    """Tell whether a URL is a plain path of `origin` (``http://127.0.0.1:8000``); nothing is within ""."""
    return bool(origin) and re.fullmatch(re.escape(origin) + r"(/[A-Za-z0-9_-]+)+", url) is not None


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the open internet; what is none at all is not."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = _ipv4_within(parsed)
        if inner is not None:
            return _is_global(inner)
    return _is_global(parsed)


def _is_global(parsed: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    is_site_local = isinstance(parsed, ipaddress.IPv6Address) and parsed.is_site_local
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or is_site_local)


def _ipv4_within(parsed: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64, 6to4 or Teredo."""
    if parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    if parsed.sixtofour is not None:
        return parsed.sixtofour
    if parsed.teredo is not None:
        return parsed.teredo[1]
    if parsed in _NAT64 or int(parsed) >> 32 == 0:
        return ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    return None
