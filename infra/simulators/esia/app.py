"""The simulator's addresses, as ESIA has them: /aas/oauth2/v2/ac, /aas/oauth2/v3/te, /rs/prns.

It is strict where ESIA is: signatures, the time stamp, PKCE, a code for one use. `POST /faults`
orders what the next id_token gets wrong.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.simulators.esia.keys import CLIENT_ID, ISSUER, Keys, kept_keys, new_pem, private_key, public_pem
from infra.simulators.esia.pages import choose_user_page
from infra.simulators.esia.users import TEST_USERS, Citizen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

CODE_SECONDS = 60
STAMP_SECONDS = 300
_PASSED_THROUGH = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
FAULTS = {"nonce", "audience", "issuer", "expired", "foreign_key", "algorithm_none", "no_oid", "silent"}


@dataclass(slots=True)
class Issued:
    """A code and what it was given for."""

    citizen: Citizen
    asked: dict[str, str]
    until: float


@dataclass(slots=True)
class Simulator:
    """What the simulator remembers: codes, access tokens, the next fault."""

    keys: Keys
    registered: list[str] = field(default_factory=list)
    """Public keys that the system has registered, beside the first one or instead of it."""
    codes: dict[str, Issued] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    faults: set[str] = field(default_factory=set)

    async def authorize(self, request: Request) -> Response:
        """GET /aas/oauth2/v2/ac: the page, for a request that is signed as it must be."""
        asked = dict(request.query_params)
        wrong = self._validation_error(asked, "")
        if wrong:
            return HTMLResponse(f"<h1>ESIA-007005</h1><p>{wrong}</p>", 400)
        return HTMLResponse(choose_user_page({name: asked.get(name, "") for name in _PASSED_THROUGH}))

    async def enter(self, request: Request) -> Response:
        """POST /aas/oauth2/v2/enter: the person has chosen whom to be."""
        form = await _form(request)
        citizen = TEST_USERS.get(form.get("oid", ""))
        if citizen is None:
            return _back(form, error="access_denied", state=form.get("state", ""))
        code = secrets.token_urlsafe(24)
        self.codes[code] = Issued(citizen, form, time.time() + CODE_SECONDS)
        return _back(form, code=code, state=form.get("state", ""))

    async def token(self, request: Request) -> Response:
        """POST /aas/oauth2/v3/te: the code, once, for the id_token and an access token."""
        form_fields = await _form(request)
        if "silent" in self.faults:
            self.faults.discard("silent")
            return JSONResponse({"error": "temporarily_unavailable"}, 503)
        issued = self.codes.pop(form_fields.get("code", ""), None)
        if issued is None or issued.until < time.time():
            return JSONResponse({"error": "invalid_grant", "error_description": "ESIA-007004"}, 400)
        wrong = self._validation_error(form_fields, form_fields["code"])
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(form_fields.get("code_verifier", "").encode()).digest()
        ).decode()
        if wrong or challenge.rstrip("=") != issued.asked["code_challenge"]:
            return JSONResponse({"error": "invalid_request", "error_description": wrong or "pkce"}, 400)
        access = secrets.token_urlsafe(24)
        self.tokens[access] = issued.citizen.oid
        return JSONResponse(
            {
                "id_token": self._id_token(issued),
                "access_token": access,
                "state": form_fields["state"],
                "token_type": "Bearer",
                "expires_in": 3600,
            }
        )

    async def person(self, request: Request) -> Response:
        """GET /rs/prns/{oid}."""
        citizen = self._of(request)
        if citizen is None:
            return JSONResponse({"code": "ESIA-005011"}, 401)
        return JSONResponse({"trusted": citizen.trusted, "status": "REGISTERED", "verifying": False})

    async def contacts(self, request: Request) -> Response:
        """GET /rs/prns/{oid}/ctts?embed=(elements)."""
        citizen = self._of(request)
        if citizen is None:
            return JSONResponse({"code": "ESIA-005011"}, 401)
        form_fields = [("EML", citizen.email, citizen.email_status), ("MBT", citizen.phone, "VERIFIED")]
        elements = [
            {"type": kind, "value": value, "vrfStu": status} for kind, value, status in form_fields if value
        ]
        return JSONResponse({"elements": elements, "size": len(elements)})

    async def order_faults(self, request: Request) -> Response:
        """POST /faults {"faults": [...]}: what the next id_token gets wrong."""
        ordered = set((await request.json()).get("faults", []))
        if ordered - FAULTS:
            return JSONResponse({"message": f"known faults: {sorted(FAULTS)}"}, 422)
        self.faults = ordered
        return JSONResponse({"faults": sorted(ordered)})

    async def register_keys(self, request: Request) -> Response:
        """POST /keys {"public_keys": [...]}: what the system's keeper registers at ESIA, for all before."""
        self.registered = [str(each) for each in (await request.json())["public_keys"]]
        return JSONResponse({"registered": len(self.registered)})

    def _validation_error(self, form_fields: Mapping[str, str], code: str) -> str:
        """Return why a signed request is refused, empty when it is right."""
        if form_fields.get("client_id") != CLIENT_ID:
            return "неизвестная система"
        try:
            stamped = datetime.strptime(form_fields.get("timestamp", ""), "%Y.%m.%d %H:%M:%S %z")
        except ValueError:
            return "timestamp"
        if abs((datetime.now(UTC) - stamped).total_seconds()) > STAMP_SECONDS:
            return "timestamp"
        names = ("client_id", "scope", "timestamp", "state", "redirect_uri")
        message = "".join(form_fields.get(name, "") for name in names) + code
        signature = form_fields.get("client_secret", "")
        registered = self.registered or [public_pem(self.keys.cabinet)]
        return "" if any(_is_signed(message, signature, key) for key in registered) else "client_secret"

    def _id_token(self, issued: Issued) -> str:
        wrong, self.faults = self.faults, set()
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": "http://evil.example/" if "issuer" in wrong else ISSUER,
            "aud": "ANOTHER" if "audience" in wrong else CLIENT_ID,
            "iat": now,
            "exp": now - 3600 if "expired" in wrong else now + 3600,
            "nonce": "another" if "nonce" in wrong else issued.asked["nonce"],
            "urn:esia:sid": secrets.token_hex(16),
            "urn:esia:sbj": {"urn:esia:sbj:typ": "P", "urn:esia:sbj:oid": int(issued.citizen.oid)},
        }
        if "no_oid" in wrong:
            claims["urn:esia:sbj"] = {"urn:esia:sbj:oid": "../../prns"}
        if "algorithm_none" in wrong:
            return jwt.encode(claims, "", algorithm="none")
        key = new_pem() if "foreign_key" in wrong else self.keys.esia
        return jwt.encode(claims, private_key(key), algorithm="RS256")

    def _of(self, request: Request) -> Citizen | None:
        """Return the person whom the bearer may ask about."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        oid = self.tokens.get(token)
        return TEST_USERS.get(oid) if oid and oid == request.path_params["oid"] else None


def create_app(keys: Keys | None = None) -> Starlette:
    """Return the simulator; it may be mounted anywhere."""
    esia = Simulator(keys or kept_keys())
    return Starlette(
        routes=[
            Route("/aas/oauth2/v2/ac", esia.authorize),
            Route("/aas/oauth2/v2/enter", esia.enter, methods=["POST"]),
            Route("/aas/oauth2/v3/te", esia.token, methods=["POST"]),
            Route("/rs/prns/{oid}", esia.person),
            Route("/rs/prns/{oid}/ctts", esia.contacts),
            Route("/faults", esia.order_faults, methods=["POST"]),
            Route("/keys", esia.register_keys, methods=["POST"]),
        ]
    )


def _is_signed(message: str, signature: str, public_key: str) -> bool:
    key: Any = serialization.load_pem_public_key(public_key.encode())
    try:
        key.verify(base64.urlsafe_b64decode(signature), message.encode(), PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _back(form: Mapping[str, str], **query: str) -> Response:
    return RedirectResponse(f"{form.get('redirect_uri', '/')}?{urlencode(query)}", 302)
