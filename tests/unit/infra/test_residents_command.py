"""`cabinet residents index`: what the search needs of rows from before it."""

import pytest

from cabinet.accounts.keys import holder_index_partition
from cabinet.audit.store import entries, list_about
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.identity.keys import phone_key
from cabinet.identity.users import find_by_phone
from infra.__main__ import main
from infra.cli import environment
from tests.support.aws import Aws
from tests.support.factories import bound_accounts


@pytest.fixture(autouse=True)
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack that the command finds: two suppliers, accounts and a user from before the index."""
    monkeypatch.setattr(environment, "local", lambda data: aws.environment)
    for supplier_id in ("uk-test", "uk-other"):
        bound_accounts.supplier(supplier_id)
    accounts = [bound_accounts.account(str(number)) for number in range(30)]
    bound_accounts.account("1", supplier_id="uk-other")
    bound_accounts.user("u1", *accounts[:2])
    bound_accounts.user("u2", accounts[3])
    users = aws.table("USERS_TABLE")
    for user_id in ("u1", "u2"):
        by_phone, of_user = phone_key("+79000000000", user_id)
        users.delete_item(Key={"pk": by_phone, "sk": of_user})
    row = users.get_item(Key={"pk": "USER#u2", "sk": "PROFILE"})["Item"]
    users.put_item(Item={name: value for name, value in row.items() if name != "phone"})


def found() -> int:
    return len(dynamo.query(Table.ACCOUNTS, holder_index_partition("иванов")).items)


def test_all_accounts_and_telephones_are_found_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    assert (found(), find_by_phone("+79000000000", 5)) == (0, [])
    assert main(["residents", "index"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "uk-other: rows of accounts: 2; telephones: 0",
        "uk-test: rows of accounts: 60; telephones: 1",
    ]
    assert (found(), find_by_phone("+79000000000", 5)) == (31, ["u1"])


def test_a_second_run_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["residents", "index", "--supplier", "uk-test"]) == 0
    assert main(["residents", "index", "--supplier", "uk-test"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "uk-test: rows of accounts: 60; telephones: 0"
    assert found() == 30
    noted = entries(list_about("supplier:uk-test"))
    assert [(each.action, each.suppliers) for each in noted] == [("RESIDENTS_INDEXED", ["uk-test"])] * 2


def test_an_unknown_supplier_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["residents", "index", "--supplier", "nobody"]) == 1
    assert "no supplier nobody" in capsys.readouterr().err


def test_a_telephone_that_changes_meanwhile_keeps_its_new_place(monkeypatch: pytest.MonkeyPatch) -> None:
    from cabinet.identity import users

    read = dynamo.batch_get

    def changes_it(*arguments: object, **named: object) -> list[object]:
        rows = read(*arguments, **named)  # type: ignore[arg-type]
        user = users.get_user("u1")
        assert user is not None
        from cabinet.core import clock
        from cabinet.identity.credentials import change_phone

        change_phone(user, "+79000000001", clock.now(), "")
        return list(rows)

    monkeypatch.setattr(dynamo, "batch_get", changes_it)
    assert users.index_phones(["u1"]) == 0
    assert (find_by_phone("+79000000001", 5), find_by_phone("+79000000000", 5)) == (["u1"], [])
