"""The staff's commands on messages, run as typed."""

from pathlib import Path
from typing import Any

import pytest

from cabinet.accounts.keys import binding_key
from cabinet.accounts.model import Address
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, Transaction
from cabinet.notices import queries, store
from cabinet.notices.model import Board, Notice
from cabinet.notifications import outbox_store
from cabinet.outbox.emails import Email, enqueue
from infra.__main__ import main
from infra.cli import environment
from tests.support.aws import Aws
from tests.support.factories import bound_accounts


@pytest.fixture(autouse=True)
def _commands_work_here(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: {})


def titles(user_id: str = "u1") -> list[str]:
    bindings = dynamo.query(Table.USERS, f"USER#{user_id}", begins="BINDING#").items
    return [seen.notice.title for seen in queries.first_page(user_id, bindings).items]


def publish(*arguments: str) -> int:
    return main(["notice", "publish", "--supplier", "uk-test", *arguments])


def test_a_notice_is_published_to_all_to_a_house_and_to_an_account() -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    assert publish("--title", "Всем", "--text", "Текст") == 0
    assert publish("--street", "ул. Кыштымская", "--house", "10", "--title", "Дому", "--text", "Текст") == 0
    assert publish("--account", "1234567899", "--title", "Вам", "--text", "Текст") == 0
    assert titles() == ["Вам", "Дому", "Всем"]


def audited(aws: Aws) -> list[tuple[str, str]]:
    """Actions in the audit log by time, and about what each is."""
    rows = [row for row in aws.rows("USERS_TABLE") if row["pk"].startswith("AUDIT#")]
    assert all(row["who"].startswith("command:arn:") and row["role"] == "command" for row in rows)
    return [(row["action"], row["about"]) for row in sorted(rows, key=lambda row: row["sk"])]


def test_what_the_command_changes_stands_once_in_the_audit_log(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    for _ in range(2):
        assert publish("--title", "Всем", "--text", "Текст") == 0
    notice = capsys.readouterr().out.split()[1].rstrip(",")
    of = ["--supplier", "uk-test"]
    assert main(["notice", "correct", notice, *of, "--text", "Другой"]) == 0
    for _ in range(2):
        assert main(["notice", "end", notice, *of]) == 0
    about = f"notice:uk-test:{notice}"
    assert audited(aws) == [
        ("NOTICE_PUBLISHED", about), ("NOTICE_CORRECTED", about), ("NOTICE_ENDED", about),
    ]  # fmt: skip


def test_a_letter_resent_and_an_address_released_stand_in_the_audit_log(aws: Aws) -> None:
    from cabinet.notifications.suppression import Report, suppress_addresses

    suppress_addresses(Report("bounce", ("anna@example.ru",), "", None))
    assert main(["mail", "release", "anna@example.ru"]) == 0
    assert main(["mail", "release", "anna@example.ru"]) == 1
    assert audited(aws) == [("SUPPRESSION_LIFTED", "")]


def test_a_notice_reaches_an_account_whichever_alphabet_spells_its_number() -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account("74C-001"))
    cyrillic = "74\N{CYRILLIC SMALL LETTER ES}-001"
    assert publish("--account", cyrillic, "--title", "Вам", "--text", "Текст") == 0
    assert titles() == ["Вам"]


@pytest.mark.parametrize("written", ["Северная", "ул. Северная", "Северная ул."])
def test_a_street_alone_reaches_all_its_houses_and_says_whom(
    written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of these said «published: 1» and reached nobody."""
    bound_accounts.supplier()
    flats = [
        bound_accounts.account(number, address=Address(street="УЛ. СЕВЕРНАЯ", house=house, flat="1"))
        for number, house in (("1", "1"), ("2", "3"), ("3", "3"))
    ]
    bound_accounts.user("u1", flats[0])
    bound_accounts.user("u2", flats[1], flats[2], email="u2@example.com")
    bound_accounts.user("u3", bound_accounts.account("4", address=Address(street="УЛ. ЮЖНАЯ", house="1")))
    assert publish("--street", written, "--title", "Вода", "--text", "Завтра") == 0
    said = capsys.readouterr().out
    assert "УЛ. СЕВЕРНАЯ, 2 houses: houses 2, accounts 3, subscribers 2, by mail 0" in said
    assert [titles("u1"), titles("u2"), titles("u3")] == [["Вода"], ["Вода"], []]


@pytest.mark.parametrize(
    ("address", "named"),
    [
        (("--street", "Сиверная"), "УЛ. КЫШТЫМСКАЯ"), (("--street", "Кыштымская", "--house", "404"), "10"),
        (("--house", "10"), "УЛ. КЫШТЫМСКАЯ"), (("--city", "Нигде"), "Челябинск"),
    ],
)  # fmt: skip
def test_a_notice_that_would_reach_nobody_is_refused_with_the_nearest(
    address: tuple[str, ...], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    assert publish(*address, "--title", "T", "--text", "x") == 1
    said = capsys.readouterr()
    assert (named in said.err, "published" in said.out) == (True, False)
    assert titles() == []


def test_the_same_command_again_hangs_no_second_notice(capsys: pytest.CaptureFixture[str]) -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    for street in ("Кыштымская", "ул. Кыштымская", "Кыштымская"):
        publish("--street", street, "--house", "д. 10", "--title", "Вода", "--text", "Завтра")
    assert titles() == ["Вода"]
    assert "published: 0; published before: 1" in capsys.readouterr().out.splitlines()
    publish("--street", "Кыштымская", "--house", "10", "--title", "Вода", "--text", "Завтра", "--again")
    assert titles() == ["Вода", "Вода"]


class Killed(BaseException):
    """The process was killed here."""


def test_what_died_between_two_houses_is_finished_by_the_same_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bound_accounts.supplier()
    for house in ("1", "3"):
        bound_accounts.user(
            f"u{house}", bound_accounts.account(house, address=Address(street="Мира", house=house))
        )
    command = ("--street", "Мира", "--title", "Вода", "--text", "Завтра")
    hang = store.publish

    def die_at_the_second(board: Board, *rest: Any) -> Any:
        if board.name.endswith("#3"):
            raise Killed
        return hang(board, *rest)

    with monkeypatch.context() as dying:
        dying.setattr(store, "publish", die_at_the_second)
        with pytest.raises(Killed):
            publish(*command)
    assert [titles("u1"), titles("u3")] == [["Вода"], []]
    publish(*command)
    assert [titles("u1"), titles("u3")] == [["Вода"], ["Вода"]]


def test_two_towns_with_one_street_do_not_read_each_others_notices() -> None:
    bound_accounts.supplier()
    for number, city in (("1", "г. Челябинск"), ("2", "с. Еткуль")):
        bound_accounts.user(
            f"u{number}", bound_accounts.account(number, address=Address(city=city, street="Мира", house="1"))
        )
    notice = ("--street", "Мира", "--house", "1", "--title", "Вода", "--text", "Завтра")
    assert publish(*notice) == 1
    assert publish(*notice, "--city", "Еткуль") == 0
    assert [titles("u1"), titles("u2")] == [[], ["Вода"]]


@pytest.mark.parametrize("typed", ["74С-001", "74C-001", "74c-001", "74С -001"])
def test_an_account_is_reached_whichever_alphabet_spells_its_number(typed: str) -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account("74С-001"))
    assert publish("--account", typed, "--title", "Вам", "--text", "Текст") == 0
    assert titles() == ["Вам"]


def test_counting_alone_hangs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    assert publish("--title", "T", "--text", "x", "--kind", "emergency", "--dry-run") == 0
    assert capsys.readouterr().out.endswith(": houses 1, accounts 1, subscribers 1, by mail 1\n")
    assert titles() == []


def test_notices_are_listed_corrected_and_ended(
    capsys: pytest.CaptureFixture[str], time_machine: Any
) -> None:
    time_machine.move_to("2026-11-26T05:00:00Z", tick=False)
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    publish(
        "--kind", "emergency", "--from", "26.11.2026 09:30", "--until", "2026-11-26 18:00",
        "--title", "Авария", "--text", "Нет воды",
    )  # fmt: skip
    notice = capsys.readouterr().out.split()[1].rstrip(",")
    (hung,) = hanging()
    assert (hung.kind, hung.valid_from, hung.valid_until) == (
        "emergency", "2026-11-26T04:30:00.000000+00:00", "2026-11-26T13:00:00.000000+00:00",
    )  # fmt: skip
    of = ("--supplier", "uk-test")
    assert main(["notice", "list", *of]) == 0
    assert capsys.readouterr().out.startswith(
        f"{notice}  26.11.2026 10:00  emergency  hangs  all  Авария  from 26.11.2026 09:30"
    )
    for _ in range(2):
        assert main(["notice", "correct", notice, *of, "--text", "Воды нет", "--until", "27.11.2026"]) == 0
    (corrected,) = hanging()
    assert (corrected.text, corrected.title) == ("Воды нет", "Авария")
    assert corrected.valid_until == "2026-11-27T18:59:00.000000+00:00"
    for _ in range(2):
        assert main(["notice", "end", notice, *of]) == 0
    assert hanging()[0].ended_at == "2026-11-26T05:00:00.000000+00:00"
    assert main(["notice", "correct", notice, *of, "--text", "Поздно"]) == 1
    assert main(["notice", "end", "404", *of]) == 1
    capsys.readouterr()
    main(["notice", "list", *of])
    assert "  over  " in capsys.readouterr().out


def test_what_is_over_can_be_published_anew() -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    for _ in range(2):
        publish("--title", "Вода", "--text", "Нет")
    (hung,) = hanging()
    main(["notice", "end", hung.publication_id, "--supplier", "uk-test"])
    for _ in range(2):
        publish("--title", "Вода", "--text", "Нет")
    assert len(hanging()) == 2


def hanging(user_id: str = "u1") -> list[Notice]:
    bindings = dynamo.query(Table.USERS, f"USER#{user_id}", begins="BINDING#").items
    return [seen.notice for seen in queries.first_page(user_id, bindings).items]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--title", "T", "--text", "x", "--until", "вчера"),
        ("--title", "T", "--text", "x", "--until", "01.01.2020"),
        ("--title", "T", "--text", "x", "--until", "32.01.2030"),
        ("--title", "T", "--text", "x", "--from", "02.01.2099", "--until", "01.01.2099 10:00"),
        ("--title", "T"), ("--title", "T", "--text", " "), ("--title", "T", "--text", "x" * 4001),
        ("--account", "404", "--title", "T", "--text", "x"),
        ("--street", "S", "--title", "T", "--text", "x"),
        ("--account", "1", "--house", "1", "--title", "T", "--text", "x"),
        ("--registry", "/nowhere.csv"),
    ],
)  # fmt: skip
def test_a_wrong_notice_is_refused_in_one_sentence(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    bound_accounts.supplier()
    assert publish(*arguments) == 1
    assert capsys.readouterr().err.startswith("cabinet: ")


def test_a_supplier_without_notices_or_unknown_cannot_publish() -> None:
    assert publish("--title", "T", "--text", "x") == 1
    bound_accounts.supplier(features=["payments"])
    assert publish("--title", "T", "--text", "x") == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251"])
def test_a_registry_of_notices_is_posted_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    registry = tmp_path / "notices.csv"
    registry.write_bytes(
        "ls;street;house;title;text\r\n1234567899;;;Вам;Зайдите в офис\r\n;;;Всем;Отключение\r\n".encode(
            encoding
        )
    )
    publish("--registry", str(registry))
    publish("--registry", str(registry))
    assert titles() == ["Всем", "Вам"]
    assert capsys.readouterr().out.splitlines() == [
        "published: 2; published before: 0", "published: 0; published before: 2",
    ]  # fmt: skip


def test_a_broken_registry_posts_nothing(tmp_path: Path) -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    registry = tmp_path / "notices.csv"
    registry.write_text("ls;street;house;title;text\n;;;Всем;Отключение\n404;;;Кому;Кто это\n")
    assert publish("--registry", str(registry)) == 1
    registry.write_text("ls;title;text\n;Всем;Отключение\n")
    assert publish("--registry", str(registry)) == 1
    assert titles() == []


def test_dead_letters_are_listed_and_sent_again(capsys: pytest.CaptureFixture[str]) -> None:
    transaction = Transaction()
    enqueue(transaction, Email("activation", "anna@example.ru", {}, email_id="lost"))
    transaction.commit()
    (email,) = (each for shard in range(16) for each in outbox_store.waiting(shard))
    outbox_store.move_to_dead_letters(outbox_store.claim(email, "c"), "c", "MessageRejected")
    assert main(["mail", "list"]) == 0
    assert "lost  activation  anna@example.ru" in capsys.readouterr().out
    assert main(["mail", "resend", "other"]) == 1
    assert main(["mail", "resend", "lost"]) == 0
    assert [each.status for shard in range(16) for each in outbox_store.waiting(shard)] == ["waiting"]


def test_an_address_is_released_from_suppression(capsys: pytest.CaptureFixture[str]) -> None:
    from cabinet.notifications.suppression import Report, suppress_addresses

    suppress_addresses(Report("bounce", ("anna@example.ru",), "", None))
    assert main(["mail", "log", "anna@example.ru"]) == 0
    assert "bounce" in capsys.readouterr().out
    assert main(["mail", "release", "Anna@example.ru"]) == 0
    assert capsys.readouterr().out == "released; emails that were held and go now: 0\n"
    assert main(["mail", "release", "anna@example.ru"]) == 1


@pytest.mark.parametrize("of", [["--supplier", "uk-test"], []], ids=["of one supplier", "of all"])
def test_requests_are_listed_shown_and_answered(
    of: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from subscriber_requests.app import app

    bound_accounts.supplier("other", features=[])
    bound_accounts.supplier()
    client = bound_accounts.browser(app, bound_accounts.user("u1", bound_accounts.account()))
    path = "/api/accounts/uk-test:1234567899/requests"
    numbers = [
        client.post(path, json={"kind": kind, "text": text}, headers={"Idempotency-Key": kind}).json()[
            "number"
        ]
        for kind, text in (("complaint", "=cmd|' /C calc'!A0"), ("emergency", "Потоп"))
    ]
    assert main(["requests", "list", *of]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(";")[1] for line in lines] == ["kind", "emergency", "complaint"]
    assert lines[2].endswith("'=cmd|' /C calc'!A0")
    assert main(["requests", "answer", numbers[1], *of, "--status", "in_progress", "--text", "Едем"]) == 0
    registry = tmp_path / "answers.csv"
    registry.write_text(f"number;status;text\n{numbers[0]};done;Готово\n000000-00000;done;Нет такой\n")
    assert main(["requests", "answer", *of, "--registry", str(registry)]) == 1
    shown = {item["number"]: item for item in client.get(path).json()["items"]}
    assert [shown[number]["status"] for number in numbers] == ["done", "in_progress"]
    assert main(["requests", "show", numbers[1], *of]) == 0
    assert "Едем" in capsys.readouterr().out


@pytest.fixture
def request_number(time_machine: Any) -> str:
    """The number of a request sent at one in the morning of the supplier's day."""
    from subscriber_requests.app import app

    time_machine.move_to("2026-10-20T20:05:00Z")
    bound_accounts.supplier()
    client = bound_accounts.browser(app, bound_accounts.user("u1", bound_accounts.account()))
    body = {"kind": "complaint", "text": "Темно"}
    path = "/api/accounts/uk-test:1234567899/requests"
    number: str = client.post(path, json=body, headers={"Idempotency-Key": "k"}).json()["number"]
    return number


def test_requests_are_listed_with_name_address_and_the_suppliers_time(
    request_number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"{request_number};complaint;new;21.10.2026 01:05;1234567899;Иванов Иван Иванович;"
    assert main(["requests", "list"]) == 0
    assert f"{line}УЛ. КЫШТЫМСКАЯ, 10 - 1010;" in capsys.readouterr().out
    assert main(["requests", "answer", request_number, "--status", "done", "--text", "Светло"]) == 0
    assert main(["requests", "show", request_number]) == 0
    shown = capsys.readouterr().out
    assert "name: Иванов Иван Иванович\naddress: УЛ. КЫШТЫМСКАЯ, 10 - 1010" in shown
    assert "21.10.2026 01:05  done  Светло" in shown


@pytest.mark.parametrize(
    ("options", "is_listed"),
    [([], False), (["--all"], True), (["--status", "done"], True), (["--status", "rejected"], False)],
)
def test_done_requests_are_found_by_who_asks_for_them(
    request_number: str, options: list[str], is_listed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["requests", "answer", request_number, "--status", "done"])
    assert main(["requests", "list", *options]) == 0
    assert (request_number in capsys.readouterr().out) is is_listed
    assert main(["requests", "list", "--status", "gone"]) == 1


def test_an_answer_takes_files_under_the_residents_rules(
    request_number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from subscriber_requests.app import app

    act, fake = tmp_path / "Акт осмотра.pdf", tmp_path / "virus.pdf"
    act.write_bytes(b"%PDF-1.7 act")
    fake.write_bytes(b"MZ")
    answer = ["requests", "answer", request_number, "--text", "Акт во вложении", "--file"]
    assert main([*answer, str(fake)]) == 1
    assert main(["requests", "answer", request_number, "--file", str(act)]) == 1
    assert main([*answer, str(tmp_path / "missing.pdf")]) == 1
    assert [main([*answer, str(act)]) for _ in range(2)] == [0, 0]
    client = bound_accounts.browser(app, bound_accounts.sign_in("u1"))
    path = "/api/accounts/uk-test:1234567899/requests"
    (request,) = client.get(path).json()["items"]
    ((reply,), number) = request["replies"], request["request_id"]
    ((file,), text) = reply["attachments"], reply["text"]
    assert (text, file["name"], file["content_type"], file["size"]) == (
        "Акт во вложении", "Акт осмотра.pdf", "application/pdf", 12,
    )  # fmt: skip
    link = client.get(f"{path}/{number}/attachments/{file['file_id']}").json()["url"]
    assert file["file_id"] in link
    capsys.readouterr()
    assert main(["requests", "show", request_number]) == 0
    assert "Акт осмотра.pdf (application/pdf, 12): http" in capsys.readouterr().out


def test_an_empty_answer_is_refused_in_a_sentence(
    request_number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["requests", "answer", request_number]) == 1
    assert f"{request_number}: Напишите ответ" in capsys.readouterr().err


def test_the_registry_of_refusals_names_who_refused_paper_and_who_withdrew(tmp_path: Path) -> None:
    bound_accounts.supplier()
    first, second, third = (bound_accounts.account(number) for number in ("1", "2", "3"))
    bound_accounts.user("u1", first, second, third)
    for account, enabled in ((first, True), (second, False)):
        dynamo.update(
            Table.USERS, binding_key("u1", account.account_id), "SET #paperless = :record",
            condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict,
            record={
                "enabled": enabled, "version": "2026-01", "sha256": "ab", "at": "2026-11-01T10:00:00+00:00",
            },
        )  # fmt: skip
    output = tmp_path / "refusals.csv"
    assert main(["paperless", "--supplier", "uk-test", "-o", str(output)]) == 0
    lines = output.read_text("utf-8-sig").splitlines()
    assert lines[1:4] == [
        "ls;refused;at;statement_version;statement_sha256",
        "1;1;2026-11-01 15:00:00;2026-01;ab",
        "2;0;2026-11-01 15:00:00;2026-01;ab",
    ]
