"""Signatures as the published vector has them, and as the specification's own library verifies them."""

import base64

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from cabinet.webhooks.signing_rules import headers, new_key, parse_key
from tests.support.webhooks import KEY, OTHER_KEY

EVENT_ID, MOMENT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'


def test_the_published_vector_is_signed_as_published() -> None:
    assert headers(EVENT_ID, MOMENT, BODY, [parse_key(KEY)]) == {
        "webhook-id": EVENT_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_library_takes_either_of_two_keys_and_no_third() -> None:
    made = headers(EVENT_ID, MOMENT, BODY, [parse_key(KEY), parse_key(OTHER_KEY)])
    with time_machine.travel(MOMENT, tick=False):
        for key in (KEY, OTHER_KEY):
            assert Webhook(key).verify(BODY, made) == {"test": 2432232314}
        with pytest.raises(WebhookVerificationError):
            Webhook(new_key()).verify(BODY, made)
        with pytest.raises(WebhookVerificationError):
            Webhook(KEY).verify(BODY + b" ", made)


def test_a_new_key_is_one_and_no_other() -> None:
    assert len(parse_key(new_key())) == 32
    assert new_key() != new_key()


@pytest.mark.parametrize(
    "text",
    [
        "", "whsec_==", KEY.removeprefix("whsec_"), "whsec_не base64", "whsec_" + "A" * 5,
        "whsec_" + base64.b64encode(b"k" * 23).decode(), "whsec_" + base64.b64encode(b"k" * 65).decode(),
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="a signing key is") as refused:
        parse_key(text)
    assert not text or text not in str(refused.value)
