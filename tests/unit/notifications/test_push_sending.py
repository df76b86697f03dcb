"""One push to one browser: what it decrypts, whose signature it has, and what each ending means."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cabinet.api_secrets import FIRST_KEY
from cabinet.identity.push_subscription_rules import PushSubscription
from cabinet.notifications.channels.push.push_rules import Outcome
from cabinet.notifications.channels.push.sending import Delivery, PushContent, send
from cabinet.outbound import connection
from cabinet.outbound.connection import Answer, TargetUnreachable
from cabinet.web_push.encryption import decrypt, point_of, to_base64url
from cabinet.web_push.push_keys import current_push_key
from cabinet.web_push.vapid import claims_of

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
BROWSER, SECRET = ec.generate_private_key(ec.SECP256R1()), bytes(range(16))
PUSH = PushContent("emergencies", "emergency", "uk|100")


class Service:
    """Replaces `connection.post`: keeps what was sent and answers."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes, Mapping[str, str]]] = []
        self.answer: Answer | Exception = Answer(201)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.got.append((url, body, headers))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture(autouse=True)
def key(aws: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSH_KEY_SECRET", "cabinet/push")
    monkeypatch.setenv("SECRETS_SOURCE", "environment")
    monkeypatch.setenv("SECRET_CABINET_PUSH", "text of the stack")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    fake = Service()
    monkeypatch.setattr(connection, "post", fake)
    return fake


def subscription(endpoint: str = "https://push.example.net/1", key_id: str = FIRST_KEY) -> PushSubscription:
    return PushSubscription(
        subscription_id="b", session_id="s", endpoint=endpoint,
        p256dh=to_base64url(point_of(BROWSER.public_key())), auth=to_base64url(SECRET),
        key_id=key_id, user_agent="", renewed_at="",
    )  # fmt: skip


def deliver(to: PushSubscription) -> Delivery:
    return send(PUSH, to, "https://lk.example.ru", NOW)


def test_the_browser_decrypts_it_and_the_service_knows_who_sends(service: Service) -> None:
    assert deliver(subscription()) == Delivery(Outcome.SENT)
    ((url, body, headers),) = service.got
    assert url == "https://push.example.net/1"
    assert json.loads(decrypt(body, BROWSER, SECRET)) == {
        "kind": "emergencies", "title": "Авария или отключение в вашем доме", "path": "/notices",
    }  # fmt: skip
    assert headers["Authorization"].endswith(f"k={current_push_key().public}")
    claims = claims_of(headers["Authorization"])
    assert claims["aud"] == "https://push.example.net"
    assert claims["exp"] == int((NOW + timedelta(hours=12)).timestamp())
    assert headers["Content-Encoding"] == "aes128gcm"
    assert headers["Urgency"] == "high"


@pytest.mark.parametrize(
    ("answer", "delivery"),
    [
        (Answer(410), Delivery(Outcome.ENDED, None, "status_410")),
        (Answer(429, 90), Delivery(Outcome.RETRY, 90, "status_429")),
        (Answer(403), Delivery(Outcome.REFUSED, None, "status_403")),
        (TargetUnreachable(), Delivery(Outcome.RETRY, None, "unreachable")),
    ],
)
def test_what_comes_of_a_try(service: Service, answer: Answer | Exception, delivery: Delivery) -> None:
    service.answer = answer
    assert deliver(subscription()) == delivery


def test_a_subscription_of_a_retired_key_ends_without_a_call(service: Service) -> None:
    assert deliver(subscription(key_id="1767225600-abcdef")) == Delivery(Outcome.ENDED, None, "key_retired")
    assert service.got == []


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["10.0.0.7"], ["8.8.8.8", "169.254.169.254"]])
def test_a_name_that_leads_inside_by_now_ends_the_subscription(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(2, 1, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(connection.socket, "getaddrinfo", lambda *_, **__: found)
    assert deliver(subscription()) == Delivery(Outcome.ENDED, None, "address_refused")
