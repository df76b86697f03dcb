"""The schedule and the fan-out: everyone once, whatever fires twice; details of races are in integration."""

import json
from typing import Any

import pytest
import time_machine

from cabinet import fanout
from cabinet.accounts.keys import SUPPLIERS_SHARD, house_index_key, supplier_key
from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import ReadingWindow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.keys import document_key, receipt_key
from cabinet.fanout import FanoutJob
from cabinet.metering.keys import meter_key
from cabinet.notices import publications, store
from cabinet.notices.fanout import mail_notice_job
from cabinet.notices.model import Board, Notice, Publication, account_board, house_board, supplier_board
from cabinet.notices.store import publish
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.reminder_runs import choose, drain, emails, queue, run

MORNING = "2026-11-23T06:00:00Z"  # 11:00 in Yekaterinburg


def announced(**changes: Any) -> Publication:
    """Return what is published in these tests: to all of the supplier by default."""
    fields: dict[str, Any] = {
        "publication_id": "p1", "supplier_id": "uk-test", "where": "all", "kind": "common",
        "boards": [supplier_board("uk-test").name], "title": "Отключение", "text": "Завтра",
        "published_at": "2026-11-22T06:00:00.000000+00:00",
    }  # fmt: skip
    return Publication(**(fields | changes))


def notice_job(supplier: Any, *, house: str = "", account_id: str = "") -> FanoutJob:
    board = supplier_board(supplier.supplier_id)
    if house or account_id:
        board = house_board(house) if house else account_board(account_id)
    return mail_notice_job(announced(boards=[board.name]), board, supplier)


def listed_supplier(**changes: Any) -> Any:
    made = bound_accounts.supplier(**changes)
    dynamo.update(
        Table.ACCOUNTS, supplier_key(made.supplier_id), "SET #shard = :shard, #shard_sk = :sk",
        condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict, shard=SUPPLIERS_SHARD, sk=made.supplier_id,
    )  # fmt: skip
    return made


def add_meter(account: Account) -> None:
    pk, sk = meter_key(account.account_id, "757243")
    bound_accounts.write(
        Table.ACCOUNTS,
        {"pk": pk, "sk": sk, "meter_id": "757243", "number": "757243", "service": "ХВС", "place": "С/У"},
    )


@pytest.fixture
def account(aws: Aws) -> Account:
    """A subscriber who wants everything, with a meter that has no reading."""
    listed_supplier(reading_window=ReadingWindow(opens_day=15, closes_day=25))
    made = bound_accounts.account()
    bound_accounts.user("u1", made)
    choose("u1", made)
    add_meter(made)
    return made


def test_the_schedule_reminds_each_subscriber_once_a_period(aws: Aws, account: Account) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        run({"schedule": "reminders"})
        drain(aws)
        (email,) = emails(aws)
        assert email["template"] == "reminder_window_closes"
        assert email["to"] == "subscriber@example.com"
        assert json.loads(email["params"])["closes_on"] == "2026-11-25"
        for _ in range(3):
            run({"schedule": "reminders"})
            drain(aws)
            clock.shift(24 * 3600)
    assert len(emails(aws)) == 1


def test_a_finished_job_leaves_nothing_open(aws: Aws, account: Account) -> None:
    with time_machine.travel(MORNING, tick=False):
        assert run({"schedule": "reminders"}) == {"open": 1}
        drain(aws)
        assert list(fanout.open_jobs()) == []
        assert run({"schedule": "reminders"}) == {"open": 0}


def test_nobody_is_written_to_at_night(aws: Aws, account: Account) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False):  # 6:00 there
        run({"schedule": "reminders"})
        drain(aws)
    assert emails(aws) == []


def test_by_hand_it_runs_at_any_hour_and_again_the_same_day(aws: Aws, account: Account) -> None:
    with time_machine.travel("2026-11-23T20:00:00Z", tick=False) as clock:
        run({"schedule": "reminders", "by_hand": True})
        assert len(emails(aws)) == 1
        clock.shift(60)
        put_receipt(account, "2026-11")
        run({"schedule": "reminders", "by_hand": True})
    assert sorted(email["template"] for email in emails(aws)) == [
        "reminder_receipt",
        "reminder_window_closes",
    ]


def put_receipt(account: Account, period: str) -> None:
    from cabinet.billing.model import Amounts, Receipt

    made = Receipt(
        kind="main", kind_title="Объединённая", period=period, main=Amounts(total=100), penalty=Amounts()
    )
    for key in (
        receipt_key(account.account_id, period, "main"),
        document_key(account.account_id, period, "main"),
    ):
        bound_accounts.write(Table.ACCOUNTS, {"pk": key[0], "sk": key[1]} | made.model_dump(mode="json"))
    pk, _ = receipt_key(account.account_id, period, "main")
    dynamo.update(
        Table.ACCOUNTS, (pk, "ACCOUNT"), "SET #latest = :latest, #last_period = :period",
        condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict, latest={"main": period}, period=period,
    )  # fmt: skip


def test_a_new_receipt_goes_as_pdf_to_who_refused_paper(aws: Aws, account: Account) -> None:
    choose("u1", account, paperless={"enabled": True, "version": "1", "at": "2026-01-01"})
    put_receipt(account, "2026-11")
    run({"schedule": "reminders", "by_hand": True})
    (email,) = [email for email in emails(aws) if email["template"] == "receipt"]
    assert json.loads(email["params"])["document_id"] == "2026-11-main"
    assert email["mailing"] is None


def test_who_has_unsubscribed_or_left_is_not_told(aws: Aws) -> None:
    listed_supplier()
    made = bound_accounts.account()
    add_meter(made)
    bound_accounts.user("u1", made)  # chose nothing
    bound_accounts.user("u2", made)
    choose("u2", made)
    dynamo.delete(
        Table.USERS, ("USER#u2", "PROFILE"), condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict
    )
    run({"schedule": "reminders", "by_hand": True})
    assert emails(aws) == []


def test_a_notice_is_mailed_once_to_each_person_who_wants_it(aws: Aws) -> None:
    supplier = listed_supplier()
    first, second = bound_accounts.account("1"), bound_accounts.account("2")
    for user_id in ("u1", "u2", "u3"):
        bound_accounts.user(user_id, first, second, email=f"{user_id}@example.com")
    choose("u1", first)
    choose("u1", second)
    choose("u2", second)
    job = notice_job(supplier)
    publish(supplier_board("uk-test"), announced(), job)
    fanout.dispatch(job)
    fanout.dispatch(job)
    drain(aws)
    found = emails(aws)
    assert sorted(email["to"] for email in found) == ["u1@example.com", "u2@example.com"]
    assert {email["mailing"] for email in found} == {"notices"}


def test_a_job_left_open_by_a_killed_worker_is_closed_next_hour(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = notice_job(listed_supplier())
    fanout.start(job)
    fanout.dispatch(job)
    with monkeypatch.context() as killed:
        killed.setattr(fanout, "_close_if_done", lambda _: None)
        drain(aws)
    assert list(fanout.open_jobs()) == [job]
    fanout.dispatch(job)
    assert queue(aws) == []
    assert list(fanout.open_jobs()) == []


def test_a_notice_whose_dispatch_was_lost_is_mailed_by_the_schedule(aws: Aws) -> None:
    supplier = listed_supplier()
    made = bound_accounts.account("1")
    bound_accounts.user("u1", made)
    choose("u1", made)
    job = notice_job(supplier, account_id=made.account_id)
    publish(supplier_board("uk-test"), announced(), job)
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False):
        run({"schedule": "reminders"})
        drain(aws)
    assert len(emails(aws)) == 1


def test_a_notice_to_a_house_goes_to_all_its_subscribers_and_to_nobody_else(aws: Aws) -> None:
    supplier = listed_supplier()
    wanted = []
    for number in range(21):
        flat = bound_accounts.account(
            f"{number}", address=Address(street="Мира", house="1", flat=f"{number}")
        )
        for person in range(6):
            user_id = f"u{number}-{person}"
            bound_accounts.user(user_id, flat, email=f"{user_id}@example.com")
            choose(user_id, flat)
            wanted.append(f"{user_id}@example.com")
    across = bound_accounts.account("next", address=Address(street="Мира", house="11"))
    bound_accounts.user("u-next", across)
    choose("u-next", across)
    house = house_index_key("uk-test", "Мира", "1")
    fanout.start(job := notice_job(supplier, house=house))
    fanout.dispatch(job)
    drain(aws)
    assert sorted(email["to"] for email in emails(aws)) == sorted(wanted)


def test_an_emergency_is_mailed_to_everybody_with_an_address_once(aws: Aws) -> None:
    """Mailings are off until chosen; an accident does not wait for that."""
    supplier = listed_supplier()
    first, second = bound_accounts.account("1"), bound_accounts.account("2")
    bound_accounts.user("u1", first, second, email="chose-nothing@example.com")
    bound_accounts.user("u2", first, email="left-notices@example.com")
    choose("u2", first, mailings={"notices": False})
    bound_accounts.user("u3", first, email="")
    publications.publish(announced(kind="emergency"), supplier)
    publications.publish(announced(kind="emergency"), supplier)
    drain(aws)
    found = emails(aws)
    assert sorted(each["to"] for each in found) == ["chose-nothing@example.com", "left-notices@example.com"]
    assert {(each["template"], each["mailing"]) for each in found} == {("emergency", None)}


def test_planned_works_are_mailed_to_those_who_want_notices(aws: Aws) -> None:
    supplier = listed_supplier()
    made = bound_accounts.account("1")
    bound_accounts.user("u1", made, email="chose-nothing@example.com")
    bound_accounts.user("u2", made, email="wants@example.com")
    choose("u2", made)
    publications.publish(announced(kind="planned"), supplier)
    drain(aws)
    assert [email["to"] for email in emails(aws)] == ["wants@example.com"]


def test_a_street_is_mailed_once_to_who_has_flats_in_two_of_its_houses(aws: Aws) -> None:
    supplier = listed_supplier()
    flats = [
        bound_accounts.account(house, address=Address(street="Мира", house=house)) for house in ("1", "3")
    ]
    bound_accounts.user("u1", *flats)
    for flat in flats:
        choose("u1", flat)
    boards = [house_board(house_index_key("uk-test", "Мира", house)).name for house in ("1", "3")]
    publications.publish(announced(boards=boards), supplier)
    drain(aws)
    assert len(emails(aws)) == 1


def test_a_notice_that_has_ended_is_not_mailed_and_a_corrected_one_as_corrected(aws: Aws) -> None:
    supplier = listed_supplier()
    made = bound_accounts.account("1")
    bound_accounts.user("u1", made)
    choose("u1", made)
    publications.publish(announced(publication_id="over"), supplier)
    publications.end(announced(publication_id="over"))
    publications.publish(announced(), supplier)
    publications.correct(announced(), text="Послезавтра")
    drain(aws)
    assert [json.loads(email["params"])["text"] for email in emails(aws)] == ["Послезавтра"]


def test_each_suppliers_day_is_its_own(aws: Aws) -> None:
    """At 23:00 UTC it is tomorrow morning in Kamchatka, and the window that opens tomorrow has opened."""
    for supplier_id, zone in (("west", "Europe/Kaliningrad"), ("east", "Asia/Kamchatka")):
        window = ReadingWindow(opens_day=15, closes_day=25)
        listed_supplier(supplier_id=supplier_id, time_zone=zone, reading_window=window)
        made = bound_accounts.account("1", supplier_id)
        bound_accounts.user(f"u-{supplier_id}", made, email=f"{supplier_id}@example.com")
        choose(f"u-{supplier_id}", made)
        add_meter(made)
    with time_machine.travel("2026-11-14T23:00:00Z", tick=False) as clock:
        run({"schedule": "reminders"})
        drain(aws)
        assert [email["to"] for email in emails(aws)] == ["east@example.com"]
        clock.shift(10 * 3600)
        run({"schedule": "reminders"})
        drain(aws)
    assert sorted(email["to"] for email in emails(aws)) == ["east@example.com", "west@example.com"]
    assert {email["template"] for email in emails(aws)} == {"reminder_window_opens"}


def test_a_notice_corrected_while_it_is_hung_is_right_on_every_board(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A correction comes before the second board, then the publication dies: repeated, it is right."""
    supplier = listed_supplier()
    boards = [house_board(house_index_key("uk-test", "Мира", house)) for house in ("1", "3")]
    notice = announced(boards=[board.name for board in boards])
    hang = store.publish
    corrected: list[Publication] = []

    class Killed(BaseException):
        pass

    def corrected_and_killed(board: Board, publication: Publication, job: FanoutJob | None = None) -> Notice:
        if board == boards[1] and not corrected:
            corrected.append(publication)
            publications.correct(notice, text="Послезавтра")
            raise Killed
        return hang(board, publication, job)

    with monkeypatch.context() as patched:
        patched.setattr(store, "publish", corrected_and_killed)
        with pytest.raises(Killed):
            publications.publish(notice, supplier)
    publications.publish(notice, supplier)
    shown = [each.text for board in boards for each in store.recent_state(board).notices]
    assert shown == ["Послезавтра"] * 2
