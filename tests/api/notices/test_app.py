"""Notices as a subscriber meets them: boards, marks, older pages, leaving a mailing."""

from typing import Any

import pytest

from cabinet.accounts.keys import account_key, binding_key, house_index_key
from cabinet.accounts.model import Address
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.notices import queries, store
from cabinet.notices.keys import recent_key
from cabinet.notices.model import Board, account_board, house_board, supplier_board
from cabinet.notices.store import AlreadyPublished
from cabinet.notifications.worker import unsubscribe_token
from cabinet.service_requests.keys import new_answer_key
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.aws_calls import Recorder, heard_by
from tests.support.factories import bound_accounts
from tests.support.factories.notices import publication

HOUSE = house_index_key("uk-test", "УЛ. КЫШТЫМСКАЯ", "10")


def publish(board: Board, title: str = "Отключение воды", text: str = "Завтра с 9 до 17.") -> None:
    store.publish(board, publication(board, title, text))


def client_of(token: str) -> AppClient:
    from notices.app import app

    return bound_accounts.browser(app, token)


@pytest.fixture
def reader(aws: Aws) -> AppClient:
    """The owner of the manual's account."""
    bound_accounts.supplier()
    return client_of(bound_accounts.user("u1", bound_accounts.account()))


def items(client: AppClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/notices").json()["items"]
    return found


def unread(user_id: str = "u1") -> int:
    page = dynamo.query(Table.USERS, f"USER#{user_id}", begins="BINDING#")
    return queries.unread_count(page.items, dynamo.batch_get(queries.unread_count_keys(user_id, page.items)))


def test_notices_of_supplier_house_and_account_come_together_newest_first(reader: AppClient) -> None:
    publish(supplier_board("uk-test"), "Всем")
    publish(house_board(HOUSE), "Дому")
    publish(account_board("uk-test:1234567899"), "Вам")
    publish(house_board(house_index_key("uk-test", "УЛ. КЫШТЫМСКАЯ", "12")), "Соседнему дому")
    bound_accounts.account("1")
    publish(account_board("uk-test:1"), "Другому")
    publish(supplier_board("other"), "Чужим")
    found = items(reader)
    assert [notice["title"] for notice in found] == ["Вам", "Дому", "Всем"]
    assert {notice["account_id"] for notice in found} == {"uk-test:1234567899"}
    assert {notice["read"] for notice in found} == {False}
    assert unread() == 3


def test_many_answers_to_requests_keep_nobody_from_notices(reader: AppClient) -> None:
    """The session's row lies behind them, past the end of the first page."""
    publish(supplier_board("uk-test"))
    for number in range(200):
        pk, sk = new_answer_key("u1", f"{number:04d}")
        bound_accounts.write(Table.USERS, {"pk": pk, "sk": sk, "account_id": "uk-test:1234567899"})
    assert len(items(reader)) == 1


def test_reading_one_leaves_the_others_new(reader: AppClient) -> None:
    for title in ("первое", "второе", "третье"):
        publish(supplier_board("uk-test"), title)
    second = items(reader)[1]
    assert reader.post(f"/api/notices/{second['notice_id']}/read").status_code == 204
    assert reader.post(f"/api/notices/{second['notice_id']}/read").status_code == 204
    assert {notice["title"]: notice["read"] for notice in items(reader)} == {
        "третье": False, "второе": True, "первое": False,
    }  # fmt: skip
    assert unread() == 2


def test_reading_all_empties_the_badge_until_the_next_notice(reader: AppClient) -> None:
    publish(supplier_board("uk-test"))
    publish(house_board(HOUSE))
    assert reader.post("/api/notices/read-all").status_code == 204
    assert unread() == 0
    publish(house_board(HOUSE), "Новое")
    assert unread() == 1
    assert [notice["read"] for notice in items(reader)] == [False, True, True]


def test_the_profile_carries_the_badge(aws: Aws) -> None:
    from subscriber_profile.app import app as profile

    bound_accounts.supplier()
    token = bound_accounts.user("u1", bound_accounts.account())
    publish(supplier_board("uk-test"))
    publish(house_board(HOUSE))
    shown = bound_accounts.browser(profile, token)
    assert shown.get("/api/profile").json()["unread_notices"] == 2
    client_of(token).post("/api/notices/read-all")
    assert shown.get("/api/profile").json()["unread_notices"] == 0


def test_a_notice_of_another_house_cannot_be_marked(reader: AppClient) -> None:
    other = house_board("uk-test#другая#1")
    publish(other)
    publish(supplier_board("uk-test"))
    for notice_id in (f"{other.code}-1", f"{supplier_board('uk-test').code}-2", "x", "x-1", "a-²", "--"):
        assert reader.post(f"/api/notices/{notice_id}/read").status_code == 404


def renumber(house: str) -> Board:
    """Let a registry give the account's house another number; return the board of the house."""
    key = house_index_key("uk-test", "УЛ. КЫШТЫМСКАЯ", house)
    account_id = "uk-test:1234567899"
    address = Address(city="Челябинск", street="УЛ. КЫШТЫМСКАЯ", house=house, flat="1010")
    row = (dynamo.get(Table.ACCOUNTS, account_key(account_id)) or {}) | {
        "house_key": key, "address": address.model_dump(),
    }  # fmt: skip
    dynamo.put(Table.ACCOUNTS, row, condition=IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]
    return house_board(key)


def test_a_renumbered_house_shows_only_its_new_boards_notices(aws: Aws) -> None:
    from subscriber_profile.app import app as profile

    bound_accounts.supplier()
    token = bound_accounts.user("u1", bound_accounts.account())
    reader, shown = client_of(token), bound_accounts.browser(profile, token)
    publish(house_board(HOUSE), "Дому 10")
    board = renumber("10к2")
    for number in range(22):
        publish(board, f"№ {number}")
    publish(house_board(HOUSE), "Снова дому 10")
    assert shown.get("/api/profile").json()["unread_notices"] == 20
    page = reader.get("/api/notices").json()
    older = reader.get("/api/notices", params={"cursor": page["next"]}).json()
    assert [notice["title"] for notice in page["items"] + older["items"]] == [
        f"№ {number}" for number in reversed(range(22))
    ]
    assert reader.post(f"/api/notices/{page['items'][0]['notice_id']}/read").status_code == 204
    assert shown.get("/api/profile").json()["unread_notices"] == 19
    assert reader.post("/api/notices/read-all").status_code == 204
    assert shown.get("/api/profile").json()["unread_notices"] == 0


def test_a_supplier_without_notices_shows_none(aws: Aws) -> None:
    bound_accounts.supplier("uk-test", features=["payments"])
    client = client_of(bound_accounts.user("u1", bound_accounts.account()))
    publish(supplier_board("uk-test"))
    assert items(client) == []
    assert unread() == 0


def test_older_pages_bring_every_notice_once(reader: AppClient) -> None:
    for number in range(45):
        publish(supplier_board("uk-test"), f"всем {number}")
        if number % 3 == 0:
            publish(account_board("uk-test:1234567899"), f"вам {number}")
    titles: list[str] = []
    cursor = None
    for _ in range(20):
        page = reader.get("/api/notices", params={"cursor": cursor} if cursor else {}).json()
        titles += [notice["title"] for notice in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(titles) == len(set(titles)) == 60
    assert titles[:2] == ["всем 44", "всем 43"]
    assert [int(title.split()[1]) for title in titles] == sorted(
        (int(title.split()[1]) for title in titles), reverse=True
    )


def test_a_page_costs_two_round_trips_however_long_the_history(reader: AppClient) -> None:
    for _ in range(25):
        publish(supplier_board("uk-test"))
    cursor = reader.get("/api/notices").json()["next"]
    calls = Recorder()
    with heard_by(calls):
        reader.get("/api/notices")
        reader.get("/api/notices", params={"cursor": cursor})
    assert calls.operations == ["Query", "BatchGetItem"] * 2


def test_a_cursor_of_somebody_else_is_refused(reader: AppClient) -> None:
    for _ in range(25):
        publish(supplier_board("uk-test"))
    cursor = reader.get("/api/notices").json()["next"]
    other = client_of(bound_accounts.user("u2"))
    assert other.get("/api/notices", params={"cursor": cursor}).status_code == 422


def test_the_same_publication_hangs_once(aws: Aws) -> None:
    board = supplier_board("uk-test")
    store.publish(board, publication(board, "Всем", "Текст", "registry-1-line-1"))
    with pytest.raises(AlreadyPublished):
        store.publish(board, publication(board, "Всем", "Текст", "registry-1-line-1"))


def test_a_correction_and_a_new_notice_at_once_lose_neither(
    reader: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notice comes between reading the board and writing the correction: both must be kept."""
    board = supplier_board("uk-test")
    first = publication(board, "Вода", "Завтра", "p1")
    store.publish(board, first)
    read, rivals = store.recent_state, ["Свет"]

    def read_then_rival(of: Board) -> store.BoardState:
        state = read(of)
        if rivals:
            publish(of, rivals.pop())
        return state

    monkeypatch.setattr(store, "recent_state", read_then_rival)
    store.revise(board, first.model_copy(update={"text": "Послезавтра", "version": 1}))
    store.revise(board, first)  # an older state, come late
    assert [(each["title"], each["text"]) for each in items(reader)] == [
        ("Свет", "Завтра с 9 до 17."), ("Вода", "Послезавтра"),
    ]  # fmt: skip


def test_a_notice_tells_its_kind_and_its_term(reader: AppClient) -> None:
    board = supplier_board("uk-test")
    term = {"kind": "planned", "valid_until": "2026-11-27T10:00:00.000000+00:00"}
    store.publish(board, publication(board, "Вода", "Завтра").model_copy(update=term))
    (shown,) = items(reader)
    assert {name: shown[name] for name in ("kind", "valid_from", "valid_until", "ended_at")} == {
        **term, "valid_from": None, "ended_at": None,
    }  # fmt: skip


def test_publishing_writes_no_row_per_resident(aws: Aws) -> None:
    def written(supplier_id: str, residents: int) -> int:
        made = bound_accounts.account("1", supplier_id)
        for number in range(residents):
            bound_accounts.user(f"{supplier_id}-{number}", made)
        before = aws.table("MESSAGES_TABLE").scan()["Count"]
        publish(supplier_board(supplier_id))
        after: int = aws.table("MESSAGES_TABLE").scan()["Count"]
        return after - before

    assert written("small", 1) == written("large", 30)


def test_a_long_board_stays_a_small_item(aws: Aws) -> None:
    for _ in range(25):
        publish(supplier_board("uk-test"), "Длинное", "щ" * 4000)
    row = dynamo.get(Table.MESSAGES, recent_key(supplier_board("uk-test")))
    assert row is not None
    assert row["count"] == 25
    assert len(str(row["notices"]).encode()) < 70_000


def test_without_a_session_there_are_no_notices(aws: Aws) -> None:
    from notices.app import app

    assert bound_accounts.browser(app).get("/api/notices").status_code == 401


def mailings() -> dict[str, bool]:
    row = dynamo.get(Table.USERS, binding_key("u1", "uk-test:1234567899"))
    assert row is not None
    found: dict[str, bool] = row["mailings"]
    return found


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def _subscribed(reader: AppClient) -> None:
    dynamo.update(
        Table.USERS, binding_key("u1", "uk-test:1234567899"), "SET #mailings = :all",
        condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict,
        all={"receipts": True, "reminders": True, "notices": True},
    )  # fmt: skip


@pytest.mark.usefixtures("_subscribed")
def test_one_click_in_the_mail_program_ends_one_mailing(reader: AppClient) -> None:
    from notices.app import app

    token = unsubscribe_token("u1", "uk-test:1234567899", "reminders")
    mail_program = AppClient(app, headers={"Origin": "https://mail.example.ru"}, follow_redirects=False)
    for form in ({"data": ONE_CLICK}, {"files": {name: (None, value) for name, value in ONE_CLICK.items()}}):
        answer = mail_program.post("/api/notices/unsubscribe", params={"token": token}, **form)
        assert answer.status_code == 204, "as an address, or as a form of parts (RFC 8058, 3.1)"
    assert mailings() == {"receipts": True, "reminders": False, "notices": True}
    binding = dynamo.get(Table.USERS, binding_key("u1", "uk-test:1234567899"), consistent=True)
    assert binding is not None
    assert "reminders_left_at" in binding, "the law asks when a consent was withdrawn"


@pytest.mark.usefixtures("_subscribed")
def test_the_page_behind_the_link_ends_the_mailing_and_looking_does_not(reader: AppClient) -> None:
    token = unsubscribe_token("u1", "uk-test:1234567899", "receipts")
    shown = reader.get("/api/notices/unsubscribe", params={"token": token}).json()
    assert shown == {"mailing": "receipts", "title": "Новые квитанции"}
    assert mailings()["receipts"] is True
    assert reader.post("/api/notices/unsubscribe", json={"token": token}).status_code == 204
    assert mailings()["receipts"] is False


@pytest.mark.usefixtures("_subscribed")
@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b'{"token": 5}', b"\xff", b'{"token": "forged"}', b'{"token": "\\ud800"}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_forged_link_ends_nothing(reader: AppClient, body: bytes) -> None:
    assert reader.post("/api/notices/unsubscribe", content=body).status_code == 422
    assert all(mailings().values())
