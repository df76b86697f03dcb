"""Pushes of a fan-out: beside the mail, in place of it, and neither for want of the other."""

from typing import Any

import pytest
import time_machine

from cabinet.accounts.binding_store import binding_item
from cabinet.accounts.model import Account
from cabinet.accounts.store import suppliers
from cabinet.accounts.supplier_model import ReadingWindow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.core import clock
from cabinet.identity.keys import profile_key
from cabinet.metering.keys import meter_key
from cabinet.notices import publications
from cabinet.notices.model import Publication, supplier_board
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.pushes import waiting
from tests.support.reminder_runs import choose, drain, emails, run

MORNING = "2026-11-23T06:00:00Z"  # 11:00 in Yekaterinburg
NO_MAIL = {"receipts": False, "reminders": False, "notices": False}
CLOSES = "reminder_window_closes"


def change_profile(user_id: str = "u1", **values: Any) -> None:
    for name, value in values.items():
        dynamo.update(
            Table.USERS, profile_key(user_id), f"SET #{name} = :value", condition=IS_PRESENT,
            on_conflict=dynamo.conflict, value=value,
        )  # fmt: skip


@pytest.fixture
def account(aws: Aws) -> Account:
    """A subscriber who wants every mail, has a browser, and has not handed a reading in."""
    bound_accounts.supplier(reading_window=ReadingWindow(opens_day=15, closes_day=25))
    made = bound_accounts.account()
    bound_accounts.user("u1", made)
    choose("u1", made)
    change_profile(push_turn=1)
    pk, sk = meter_key(made.account_id, "757243")
    meter = {"meter_id": "757243", "number": "757243", "service": "ХВС", "place": "С/У"}
    bound_accounts.write(Table.ACCOUNTS, {"pk": pk, "sk": sk} | meter)
    return made


def remind(aws: Aws) -> tuple[list[str], list[str]]:
    """Run a day; return the templates that wait as letters and as pushes."""
    with time_machine.travel(MORNING, tick=False):
        run({"schedule": "reminders"})
        drain(aws)
    return sent_templates(aws)


def sent_templates(aws: Aws) -> tuple[list[str], list[str]]:
    return [row["template"] for row in emails(aws)], [row["template"] for row in waiting(aws)]


def test_a_reminder_goes_by_both_channels_once(aws: Aws, account: Account) -> None:
    assert remind(aws) == ([CLOSES], [CLOSES])
    assert remind(aws) == ([CLOSES], [CLOSES])
    (row,) = waiting(aws)
    assert (row["account_id"], row["time_zone"]) == (account.account_id, "Asia/Yekaterinburg")


def test_where_mail_is_off_the_push_still_goes(aws: Aws, account: Account) -> None:
    choose("u1", account, mailings=NO_MAIL)
    assert remind(aws) == ([], [CLOSES])


def test_where_the_push_is_off_the_mail_still_goes(aws: Aws, account: Account) -> None:
    change_profile(notifications={"reminders": []})
    assert remind(aws) == ([CLOSES], [])


def test_without_an_address_there_is_the_push(aws: Aws, account: Account) -> None:
    change_profile(email=None)
    assert remind(aws) == ([], [CLOSES])


def test_without_a_browser_no_push_is_written(aws: Aws, account: Account) -> None:
    change_profile(push_turn=0)
    assert remind(aws) == ([CLOSES], [])
    choose("u1", account, mailings=NO_MAIL)
    assert len(emails(aws)) == 1


def publish(aws: Aws, kind: str) -> Publication:
    found = Publication(
        publication_id=f"p-{kind}", supplier_id="uk-test", where="all", kind=kind,  # type: ignore[arg-type]
        boards=[supplier_board("uk-test").name], title="Отключение", text="Завтра",
        published_at="2026-11-23T06:00:00.000000+00:00",
    )  # fmt: skip
    with time_machine.travel(MORNING, tick=False):
        publications.publish(found, suppliers(["uk-test"])["uk-test"])
        drain(aws)
    return found


@pytest.mark.parametrize(
    ("mail", "pushed", "kind", "wanted"),
    [
        (True, True, "common", (["notice"], ["notice"])),
        (False, True, "common", ([], ["notice"])),
        (True, False, "common", (["notice"], [])),
        (False, False, "common", ([], [])),
        (False, True, "emergency", (["emergency"], ["emergency"])),
        (False, False, "emergency", (["emergency"], ["emergency"])),
    ],
)
def test_a_notice_goes_by_what_is_chosen_and_an_emergency_by_both(
    aws: Aws, account: Account, mail: bool, pushed: bool, kind: str, wanted: tuple[list[str], list[str]]
) -> None:
    choose("u1", account, mailings=NO_MAIL | {"notices": mail})
    change_profile(notifications={"notices": ["push"] if pushed else []})
    publish(aws, kind)
    assert sent_templates(aws) == wanted


def test_two_accounts_give_one_push_and_only_the_wanted_mail(aws: Aws, account: Account) -> None:
    other = bound_accounts.account("1")
    bound_accounts.write(Table.USERS, binding_item("u1", other, clock.now()))
    choose("u1", account, mailings=NO_MAIL)
    choose("u1", other)
    publish(aws, "common")
    assert sent_templates(aws) == (["notice"], ["notice"])


def test_the_end_of_an_emergency_goes_by_push_to_whoever_got_its_begin(aws: Aws, account: Account) -> None:
    found = publish(aws, "emergency")
    with time_machine.travel(MORNING, tick=False):
        publications.end(found)
        drain(aws)
    assert sorted(sent_templates(aws)[1]) == ["emergency", "emergency_over"]
