"""The cookies of a person who enters: the device's read from the request, both set on the answer."""

from fastapi import Request, Response

from cabinet import session
from cabinet.http import client_address
from cabinet.identity import devices
from cabinet.identity.entry import Entry, SignedIn


def entry_of(request: Request) -> Entry:
    """Return from which browser and address the request comes."""
    return Entry(
        address=client_address(request),
        user_agent=request.headers.get("user-agent", ""),
        device=devices.known_device(request.cookies.get(devices.COOKIE)),
    )


def let_in(response: Response, signed_in: SignedIn) -> None:
    """Hand the new session to the browser and remember the device."""
    session.set_session_cookie(response, signed_in.session_token)
    remember_device(response, signed_in.device_token)


def remember_device(response: Response, token: str) -> None:
    """Remember that the user has proved who they are in this browser."""
    response.set_cookie(
        devices.COOKIE, token, max_age=int(devices.LIFETIME.total_seconds()),
        path="/", secure=True, httponly=True, samesite="strict",
    )  # fmt: skip
