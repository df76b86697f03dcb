"""What the archive holds of a person: all that is theirs, no secret, nothing of anybody else."""

import io
import json
import zipfile
from datetime import UTC, date, datetime
from typing import Any

from cabinet.accounts.model import Account, Address, HistoryStart
from cabinet.autopay.model import AutopayRule
from cabinet.own_data.own_data_rules import account_data, pack_archive, payment_data, profile_data
from cabinet.payments.cards.model import SavedCard
from cabinet.payments.given_consent import GivenConsent
from tests.support.factories.merchants import merchant
from tests.support.factories.orders import order

ACCOUNT = Account(
    account_id="uk:7400/1", supplier_id="uk", holder="Иванов Иван",
    address=Address(city="Челябинск", street="УЛ. ЛЕНИНА", house="1", flat="2"), area="50.7",
)  # fmt: skip
USER_ROWS: list[dict[str, Any]] = [
    {
        "sk": "PROFILE",
        "email": "a@example.ru",
        "phone": "+7900",
        "password_hash": "secret-1",
        "esia_oid": "7",
    },
    {
        "sk": "AGREED#1",
        "version": "1",
        "text_sha256": "ab",
        "agreed_at": "2026-01-01",
        "address": "198.51.100.7",
    },
    {"sk": "BINDING#uk:1", "account_id": "uk:1", "bound_at": "2026-01-01", "holder_key": "secret-2"},
    {"sk": "SESSION#secret-3", "created_at": "2026-01-01", "seen_at": 1, "user_agent": "Firefox"},
    {"sk": "ACCESS#00", "name": "Дом", "scopes": ["read:debts"], "token_hash": "secret-4"},
    {"sk": "CALENDAR", "created_at": "2026-01-02", "token_hash": "secret-5"},
    {"sk": "AUDIT#1", "at": "2026-01-01", "what": "SIGNED_IN", "address": "198.51.100.7"},
    {"sk": "AUDIT#2", "at": "2025-01-01", "what": "WORD_OF_FORMER_VERSION", "address": "198.51.100.7"},
    {
        "sk": "WEBPUSH#secret-9",
        "user_agent": "Firefox",
        "renewed_at": "2026-01-03",
        "endpoint": "https://secret-10.example.net/",
        "auth": "secret-11",
    },
    {"sk": "ARCHIVE", "archive_id": "secret-6", "state": "waiting"},
]
REQUEST = {
    "request_id": "1", "number": "74-1", "supplier_id": "uk", "account_id": "uk:1", "kind": "appeal",
    "text": "Прошу перерасчёт", "created_at": "2026-01-01", "assigned_name": "secret-7",
    "files": [
        {"file_id": "1", "name": "фото.jpg", "content_type": "image/jpeg", "size": 5, "key": "secret-8"},
    ],
    "replies": [
        {"reply_id": "1", "at": "2026-01-02", "text": "Сделано", "status": "done", "author_name": "secret-9"},
    ],
}  # fmt: skip
ACCOUNT_ROWS: list[dict[str, Any]] = [
    {"sk": "ACCOUNT"},
    {"sk": "RECEIPT#2026-10#main", "kind": "main", "kind_title": "Объединённая", "period": "2026-10",
     "main": {"total": 100}, "penalty": {}},
    {"sk": "PAYMENT#2026-10-05#1", "payment_id": "1", "kind": "карта", "received_on": "2026-10-05",
     "amount": 100, "status": "accounted"},
    {"sk": "METER#1", "meter_id": "1", "number": "757", "service": "ХВС", "monthly": {"T1": {}}},
    {"sk": "READING#1#2026-10-20#r", "reading_id": "r", "meter_id": "1", "zone": "T1", "value": "5",
     "taken_on": "2026-10-20", "source": "subscriber", "by": "secret-10"},
    {"sk": "REQUEST#u1#1", "user_id": "u1"} | REQUEST,
    {"sk": "REQUEST#u2#1", "user_id": "u2"} | REQUEST | {"text": "secret-11"},
]  # fmt: skip


def test_the_person_is_told_all_and_no_secret() -> None:
    shown = profile_data(USER_ROWS)
    assert "secret" not in str(shown)
    assert shown["profile"] == {"email": "a@example.ru", "phone": "+7900", "esia_linked": True}
    assert shown["security_events"][0]["what"] == "Вход в личный кабинет"
    assert shown["security_events"][1]["what"] == "WORD_OF_FORMER_VERSION"
    counts = {name: len(found) for name, found in shown.items() if isinstance(found, list)}
    assert counts == {
        "consents": 1, "bindings": 1, "devices": 1, "programs": 1, "calendar": 1, "pushes": 1,
        "security_events": 2,
    }  # fmt: skip


def test_a_person_without_gosuslugi_is_told_so() -> None:
    assert profile_data([{"sk": "PROFILE"}])["profile"] == {"esia_linked": False}


def test_own_data_is_complete_without_others_requests_and_staff_names() -> None:
    shown = account_data(ACCOUNT, ACCOUNT_ROWS, "u1")
    assert "secret" not in str(shown)
    counts = {name: len(found) for name, found in shown.items() if isinstance(found, list)}
    assert counts == {"receipts": 1, "payments": 1, "meters": 1, "readings": 1, "requests": 1}
    assert shown["requests"][0]["replies"] == [{"at": "2026-01-02", "author": "staff", "text": "Сделано"}]
    assert shown["receipts"][0]["main"]["total"] == 100


def test_a_new_holder_is_told_nothing_of_before_the_change() -> None:
    """A receipt, a payment and a reading of before it, and each of after it."""
    start = HistoryStart(day=date(2026, 11, 1), last_hidden_period="2026-10")
    later = [
        ACCOUNT_ROWS[1] | {"sk": "RECEIPT#2026-11#main", "period": "2026-11"},
        ACCOUNT_ROWS[2] | {"sk": "PAYMENT#2026-11-01#2", "payment_id": "2", "received_on": "2026-11-01"},
        ACCOUNT_ROWS[4] | {"sk": "READING#1#2026-11-20#q", "reading_id": "q", "taken_on": "2026-11-20"},
    ]
    shown = account_data(ACCOUNT.model_copy(update={"shown_from": start}), [*ACCOUNT_ROWS, *later], "u1")
    assert [receipt["period"] for receipt in shown["receipts"]] == ["2026-11"]
    assert [payment["payment_id"] for payment in shown["payments"]] == ["2"]
    assert [reading["reading_id"] for reading in shown["readings"]] == ["q"]
    assert len(shown["meters"]) == 1


def test_payments_are_told_without_what_opens_the_bank() -> None:
    consent = GivenConsent(
        version="1", text_sha256="ab", client_ip="198.51.100.7", agreed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    card = SavedCard(
        saved_card_id="secret", merchant=merchant("http://127.0.0.1:9", "rbs"), bank_card_id="secret",
        masked_pan="411111**1111", saved_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    rule = AutopayRule(
        user_id="u1", account_id="uk:1", enabled=True, saved_card_id="secret", limit=100, when="receipt",
        consent=consent, revision="secret", checked_on=date(2026, 1, 1),
    )  # fmt: skip
    shown = payment_data([order()], [card], [rule])
    assert "secret" not in str(shown)
    assert shown["orders"][0]["amount"] == 500
    assert [line["amount"] for line in shown["orders"][0]["lines"]] == [300, 200]
    assert "merchant" not in shown["orders"][0]
    assert shown["saved_cards"][0]["masked_pan"] == "411111**1111"
    assert shown["autopay"][0]["limit"] == 100


def test_the_archive_is_json_that_opens_and_the_same_data_make_the_same_bytes() -> None:
    parts = (
        profile_data(USER_ROWS),
        payment_data([order()], [], []),
        [account_data(ACCOUNT, ACCOUNT_ROWS, "u1")],
    )
    packed = pack_archive(*parts)
    assert packed == pack_archive(*parts)
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert opened.namelist() == [
            "readme.txt", "profile.json", "payments.json", "accounts/uk-7400-1.json",
        ]  # fmt: skip
        read = [json.loads(opened.read(name)) for name in opened.namelist()[1:]]
    assert read[2]["holder"] == "Иванов Иван"
