"""The cookies of a person who enters: the device's read from the request, both set on the answer."""

from fastapi import Request, Response

from cabinet.identity import registration_browser, trusted_devices
from cabinet.identity.session_start import ClientInfo, SignedIn
from cabinet.web import auth
from cabinet.web.app import get_client_ip


def client_info(request: Request) -> ClientInfo:
    """Return from which browser and address the request comes."""
    return ClientInfo(
        client_ip=get_client_ip(request),
        user_agent=request.headers.get("user-agent", ""),
        device=trusted_devices.trusted_device(request.cookies.get(trusted_devices.COOKIE)),
    )


def set_auth_cookies(response: Response, signed_in: SignedIn) -> None:
    """Hand the new session to the browser and remember the device."""
    auth.set_session_cookie(response, signed_in.session_token)
    remember_device(response, signed_in.device_token)


def remember_device(response: Response, token: str) -> None:
    """Remember that the user has proved who they are in this browser."""
    response.set_cookie(
        trusted_devices.COOKIE, token, max_age=int(trusted_devices.LIFETIME.total_seconds()),
        path="/", secure=True, httponly=True, samesite="strict",
    )  # fmt: skip


def remember_registration(response: Response, token: str) -> None:
    """Remember that somebody has registered in this browser."""
    response.set_cookie(
        registration_browser.COOKIE, token, max_age=int(registration_browser.LIFETIME.total_seconds()),
        path="/", secure=True, httponly=True, samesite="strict",
    )  # fmt: skip


def forget_registration(response: Response) -> None:
    """Forget it: the link was followed."""
    response.delete_cookie(
        registration_browser.COOKIE, path="/", secure=True, httponly=True, samesite="strict"
    )
