"""Connections to banks that end in the open internet: a name is resolved once, judged, and called as judged.

Who set the address was trusted with it, a name may yet come to lead inside (`outbound.address_rules`).
"""

import socket

from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from cabinet.outbound.address_rules import is_public


class AddressRefused(NewConnectionError):
    """The name leads, by one of its addresses at least, to no public address."""


class JudgedConnection(HTTPSConnection):
    """TLS to one of a name's addresses, all of which are public."""

    def _new_conn(self) -> socket.socket:
        """Connect; raises NewConnectionError, AddressRefused among them, and ConnectTimeoutError."""
        try:
            found = socket.getaddrinfo(self.host, self.port, proto=socket.IPPROTO_TCP)
        except OSError as error:
            raise NewConnectionError(self, "no such name") from error
        addresses = dict.fromkeys(str(each[4][0]) for each in found)
        # One private address among public ones is a trap, not a mistake.
        if not addresses or not all(map(is_public, addresses)):
            raise AddressRefused(self, "not a public address")
        failure = OSError()
        for address in addresses:
            try:
                return create_connection(
                    (address, self.port), self.timeout, socket_options=self.socket_options
                )
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from failure
        raise NewConnectionError(self, "no connection") from failure


class JudgedPool(HTTPSConnectionPool):
    """Keeps such connections."""

    ConnectionCls = JudgedConnection


POOL_CLASSES = {"http": HTTPConnectionPool, "https": JudgedPool}
"""By scheme. Plain HTTP is spoken on the local stack alone: no other address without TLS can be set."""
