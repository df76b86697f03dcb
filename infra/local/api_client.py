"""A person at the local stack's API: registers by the mail, signs in, binds an account."""

from __future__ import annotations

import re
import time
from typing import Any, Self

import httpx
from httpx import codes

from infra.cli.errors import CommandError

CAPTCHA_ANSWER = "12345"
_MAIL_SECONDS = 60
_TRIES = 4
"""Tries of a call that is answered 503: on a busy machine a starting function may time out."""
_TOKEN = re.compile(r"[?&]token=([\w.~-]+)")


class Person:
    """One visitor; the session's cookie is kept by hand, because it is Secure and the stack is plain HTTP."""

    def __init__(self, origin: str, email: str, password: str) -> None:
        self.email = email
        self.password = password
        self.cookie = ""
        self._client = httpx.Client(base_url=origin, timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def call(self, method: str, path: str, body: object = None, key: str = "") -> Any:  # noqa: ANN401 - JSON
        """Call the API, with `key` as the Idempotency-Key if given; return the JSON of the answer.

        A 503 is asked again after its Retry-After, as the API's contract invites everybody to.

        Raises
        ------
        CommandError
            When the API answers otherwise than by 2xx.
        """
        headers = {"X-Requested-With": "cabinet"} | ({"Cookie": self.cookie} if self.cookie else {})
        headers |= {"Idempotency-Key": key} if key else {}
        for _ in range(_TRIES):
            answer = self._client.request(method, path, json=body, headers=headers)
            if answer.status_code != codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        if not answer.is_success:
            raise CommandError(f"{method} {path} was answered {answer.status_code}: {answer.text}")
        for cookie in answer.headers.get_list("set-cookie"):
            if cookie.startswith("__Host-session="):
                self.cookie = cookie.split(";")[0]
        return answer.json() if answer.content else None

    def register(self) -> None:
        """Register and follow the link of the mail."""
        challenge = self.call("POST", "/api/auth/captchas")["challenge"]
        consent = self.call("GET", "/api/auth/consent")["version"]
        self.call(
            "POST",
            "/api/auth/registrations",
            {
                "email": self.email,
                "password": self.password,
                "phone": "+79001234567",
                "captcha": {"challenge": challenge, "answer": CAPTCHA_ANSWER},
                "consent": {"version": consent},
            },
        )
        self.call("POST", "/api/auth/activations", {"token": self._token_from_mail()})

    def sign_in(self) -> None:
        """Open a session."""
        self.call("POST", "/api/auth/sessions", {"email": self.email, "password": self.password})

    def can_sign_in(self) -> bool:
        """Open a session if there is such a user."""
        try:
            self.sign_in()
        except CommandError:
            return False
        return True

    def bind(self, account: dict[str, Any]) -> None:
        """Bind an account as `/local/demo` describes it, as the primary one."""
        wanted = {"account_number": account["number"], "house": account["house"], "flat": account["flat"]}
        (found,) = self.call("POST", "/api/bindings/search", wanted)["candidates"]
        claim = {"candidate": found["candidate"], "surname": account["surname"], "primary": True}
        if "consent" in found:
            claim["consent"] = {"version": found["consent"]["version"]}
        self.call("POST", "/api/bindings", claim)

    def _token_from_mail(self) -> str:
        deadline = time.monotonic() + _MAIL_SECONDS
        while time.monotonic() < deadline:
            for mail in self.call("GET", f"/local/mail?to={self.email}")["items"]:
                if found := _TOKEN.search(mail["text"] or mail["html"] or ""):
                    return found[1]
            time.sleep(0.2)
        raise CommandError(f"no mail came to {self.email} in {_MAIL_SECONDS} s")
