"""Addresses of a bank's host name: it is resolved once, all addresses are checked, and these are called.

The person who set the URL is trusted, but its DNS name may later resolve to an internal address
(`outbound.address_rules`).
"""

import socket

from cabinet.outbound.address_rules import is_public
from cabinet.payments.providers.base import ProviderConnectionError


def public_addresses(host: str, port: int) -> list[str]:
    """Return all addresses of a name, each once.

    Raises
    ------
    ProviderConnectionError
        There is no such name, or by one of its addresses at least it leads to no public address.
    """
    try:
        found = socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)
    except OSError:
        raise ProviderConnectionError("no such name") from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    # One private address among public ones is treated as an attack.
    if not addresses or not all(map(is_public, addresses)):
        raise ProviderConnectionError("not a public address")
    return addresses
