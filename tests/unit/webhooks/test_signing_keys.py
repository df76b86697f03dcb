"""The signing keys in their secret: read, written, what signs while one follows another."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from cabinet.webhooks.signing_keys import SigningKeys
from cabinet.webhooks.signing_rules import parse_key
from tests.support.webhooks import KEY, OTHER_KEY

UNTIL = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize("keys", [SigningKeys(KEY), SigningKeys(KEY, OTHER_KEY, UNTIL)])
def test_what_is_written_is_read(keys: SigningKeys) -> None:
    assert SigningKeys.parse(keys.dump()) == keys


def test_the_former_key_signs_beside_the_new_one_until_its_moment() -> None:
    keys = SigningKeys(KEY, OTHER_KEY, UNTIL)
    assert keys.signing_at(UNTIL - timedelta(seconds=1)) == [parse_key(KEY), parse_key(OTHER_KEY)]
    assert keys.signing_at(UNTIL) == [parse_key(KEY)]
    assert SigningKeys(KEY).signing_at(UNTIL) == [parse_key(KEY)]


@pytest.mark.parametrize(
    "tree",
    [
        [], None, "whsec", {}, {"key": None}, {"key": "short"}, {"key": 5}, {"key": KEY, "former": "short"},
        {"key": KEY, "former": OTHER_KEY}, {"key": KEY, "former_until": "2026-11-02T00:00:00+00:00"},
        {"key": KEY, "former": OTHER_KEY, "former_until": "2026-11-02T00:00:00"},
        {"key": KEY, "former": OTHER_KEY, "former_until": "soon"},
    ],
)  # fmt: skip
def test_what_are_no_keys_is_refused_and_not_quoted(tree: object) -> None:
    with pytest.raises(ValueError, match=r"key|JSON|former|isoformat") as refused:
        SigningKeys.parse(json.dumps(tree))
    assert KEY not in str(refused.value)
    with pytest.raises(ValueError, match="Expecting value"):
        SigningKeys.parse("no JSON")
