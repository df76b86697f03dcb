"""Active residents of a month: counted once, at their first visit, without delaying the first screen."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cabinet.accounts import binding_store, store
from cabinet.accounts.monthly_counters import MonthlyCounter, read_months
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.home.activity import count_visit
from infra.build.template import Template
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, answered_by, heard_by
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts
from tests.support.fault_injection import FAULTS, Fault, FaultInjector

NOVEMBER, LAST_NIGHT = datetime(2026, 11, 20, 6, tzinfo=UTC), datetime(2026, 11, 30, 23, 59, tzinfo=UTC)


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time; a test may put another."""
    now = [NOVEMBER]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


@pytest.fixture
def visitor(aws: Aws, moment: list[datetime]) -> AppClient:
    """Somebody with two accounts of one supplier; the session's key is read already."""
    from queries.app import app

    bound_accounts.supplier()
    flats = [bound_accounts.account(), bound_accounts.account("1234567900")]
    made = bound_accounts.browser(app, bound_accounts.user("u1", *flats))
    made.get("/api/accounts/uk-test:1234567899/summary")
    return made


def active(supplier_id: str = "uk-test", period: str = "2026-11") -> int:
    ((numbers),) = read_months(supplier_id, [period])
    return numbers[MonthlyCounter.ACTIVE]


def look(client: AppClient) -> list[str]:
    """Look at the first screen; return the operations that it took."""
    with measured() as cost:
        answer = client.get("/api/home")
    assert answer.status_code == 200, answer.text
    return cost.operations


def test_the_months_first_visit_counts_and_later_ones_cost_nothing_more(
    visitor: AppClient, moment: list[datetime]
) -> None:
    assert look(visitor) == ["Query", "BatchGetItem", "TransactWriteItems"]
    for later in (NOVEMBER, LAST_NIGHT):
        moment[0] = later
        bound_accounts.sign_in("u1")
        assert "TransactWriteItems" not in look(browser_of_today())
    assert active() == 1


def browser_of_today() -> AppClient:
    from queries.app import app

    return bound_accounts.browser(app, bound_accounts.sign_in("u1"))


def test_another_month_counts_anew_by_the_clock_of_the_other_numbers(
    visitor: AppClient, moment: list[datetime]
) -> None:
    look(visitor)
    moment[0] = datetime(2026, 12, 1, 0, 1, tzinfo=UTC)
    for _ in range(2):
        look(browser_of_today())
    assert (active(), active(period="2026-12")) == (1, 1)


def test_an_account_of_another_supplier_counts_for_it_alone(visitor: AppClient) -> None:
    look(visitor)
    bound_accounts.supplier("uk-other")
    another = bound_accounts.account("5", supplier_id="uk-other")
    binding_store.bind(store.user_bindings("u1"), another, NOVEMBER, primary=False)
    for _ in range(2):
        look(visitor)
    assert (active(), active("uk-other")) == (1, 1)


def test_a_cabinet_without_accounts_is_nobodys_resident(aws: Aws, moment: list[datetime]) -> None:
    from queries.app import app

    bound_accounts.supplier()
    assert "TransactWriteItems" not in look(bound_accounts.browser(app, bound_accounts.user("u2")))
    assert active() == 0


class Rival(Listener):
    """Another tab of the same person, which comes between reading and counting."""

    def __init__(self, browser: AppClient) -> None:
        self._browser, self.came = browser, False

    def before(self, call: Call) -> None:
        """Let the other tab be quicker, once."""
        if call.operation == "TransactWriteItems" and not self.came:
            self.came = True
            assert self._browser.get("/api/home").status_code == 200


def test_two_visits_at_once_count_once_and_both_are_shown(visitor: AppClient) -> None:
    with heard_by(Rival(visitor)) as rival:
        look(visitor)
    assert rival.came
    assert active() == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_visit_whose_counting_dies_is_counted_by_the_next_once(
    visitor: AppClient, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    known = store.user_bindings("u1")
    with monkeypatch.context() as patched:
        injector = FaultInjector(1, fault)
        injector.patch(patched)
        injector.process(lambda: count_visit("u1", known.profile, known.bindings, NOVEMBER))
        assert injector.calls[0] == "dynamodb.TransactWriteItems"
    look(visitor)
    assert active() == 1


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_visit_that_cannot_be_counted_is_shown_and_logged_without_the_person(
    visitor: AppClient, code: str, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(call: Call) -> tuple[int, dict[str, Any]] | None:
        is_count = call.operation == "TransactWriteItems"
        return (400, {"Error": {"Code": code, "Message": "no"}}) if is_count else None

    monkeypatch.setattr("time.sleep", lambda _: None)
    with answered_by(refuse):
        assert visitor.get("/api/home").status_code == 200
    (line,) = [vars(record) for record in caplog.records if record.message == "storage_failed"]
    assert (line["code"], "u1" in str(line.get("place"))) == (code, False)
    look(visitor)
    assert active() == 1, "the next visit counts"


def test_the_function_may_change_no_other_row_of_accounts(template: Template) -> None:
    function = template.tree["Resources"]["QueriesFunction"]["Properties"]
    (statement,) = [
        each
        for policy in function["Policies"]
        for each in policy["Statement"]
        if each["Action"] == "dynamodb:UpdateItem"
    ]
    assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["MONTH#*"]}}
    assert Table.ACCOUNTS.value.split("_")[0].title() in str(statement["Resource"])
