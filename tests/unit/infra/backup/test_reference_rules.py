"""Which places a changed row draws in: those that one transaction may have written with it."""

from typing import Any

import pytest

from infra.backup.reference_rules import (
    ACCOUNTS,
    MESSAGES,
    PAYMENTS,
    USERS,
    Place,
    RegistryPayment,
    own_place,
    related,
)

ORDER: dict[str, Any] = {
    "pk": "ORDER#P1", "sk": "ORDER", "order_id": "P1", "subscriber": "u1", "user_id": "u1",
    "merchant": {"contract": "c1"}, "time_zones": {"uk": "Asia/Yekaterinburg"},
    "lines": [{"account_id": "uk:1"}, {"account_id": "uk:2"}],
}  # fmt: skip


def places(table: str, **row: Any) -> set[Place | RegistryPayment]:
    return set(related(table, row))


@pytest.mark.parametrize(
    ("table", "pk", "is_whole"),
    [
        (USERS, "USER#u1", True), (USERS, "AUDIT#2026-01-01", False), (ACCOUNTS, "ACCOUNT#uk#1", True),
        (ACCOUNTS, "SUPPLIER#uk", False), (PAYMENTS, "ORDER#P1", True), (PAYMENTS, "PAYOUT#uk#0", False),
        (PAYMENTS, "JOURNAL#c1#2026-01-01#0", False), (MESSAGES, "MAIL#1", False),
    ],
)  # fmt: skip
def test_partitions_of_one_person_account_or_order_are_whole(table: str, pk: str, is_whole: bool) -> None:
    assert own_place(table, pk, "x") == (Place(table, pk) if is_whole else Place(table, pk, "x"))


def test_an_order_draws_in_its_accounts_and_its_payer() -> None:
    found = places(PAYMENTS, **ORDER)
    assert found >= {
        Place(PAYMENTS, "ORDER#P1"), Place(ACCOUNTS, "ACCOUNT#uk#1"), Place(ACCOUNTS, "ACCOUNT#uk#2"),
        Place(USERS, "USER#u1"), Place(PAYMENTS, "CART#u1"), Place(PAYMENTS, "CARDS#u1"),
        Place(PAYMENTS, "AUTOPAY#u1"),
    }  # fmt: skip
    assert not [place for place in found if place.__class__ is RegistryPayment], "nothing is posted yet"
    assert Place(PAYMENTS, "ORDER#P2") in places(PAYMENTS, **ORDER, replaced_by="P2")


def test_a_guests_order_draws_in_no_person() -> None:
    guest = ORDER | {"user_id": None}
    del guest["subscriber"]
    assert not [place for place in places(PAYMENTS, **guest) if place[0] == USERS]


def test_a_paid_order_draws_in_journal_and_work_list() -> None:
    found = places(PAYMENTS, **ORDER, paid_at="2026-09-21T22:00:00.000000+00:00")
    rows = {place.pk.rpartition("#")[0]: place.sk for place in found if isinstance(place, Place) and place.sk}
    assert rows == {"JOURNAL#c1#2026-09-22": "P1", "PAYOUT#uk": "P1"}, "the supplier's day"
    assert RegistryPayment("uk", "P1") in found


def test_refunds_draw_in_what_each_of_them_posted() -> None:
    refunds = [
        {"status": "done", "at": "2026-09-22T05:00:00.000000+00:00", "amount": 300},
        {"status": "refused", "at": "2026-09-22T06:00:00.000000+00:00", "amount": 100},
        {"status": "done", "at": "2026-09-23T05:00:00.000000+00:00", "amount": 200},
    ]
    found = places(PAYMENTS, **ORDER, paid_at="2026-09-21T05:00:00.000000+00:00", refunds=refunds)
    registered = {place.payment_id for place in found if isinstance(place, RegistryPayment)}
    assert registered == {"P1", "P1-r0", "P1-r300"}


def test_an_account_draws_in_its_orders() -> None:
    row = {"pk": "ACCOUNT#uk#1", "sk": "ACCOUNT", "reserved": {"P1": {}}, "unaccounted": {"P2-r0": {}}}
    assert places(ACCOUNTS, **row) == {
        Place(ACCOUNTS, "ACCOUNT#uk#1"), Place(PAYMENTS, "ORDER#P1"), Place(PAYMENTS, "ORDER#P2")
    }  # fmt: skip
    paid = places(ACCOUNTS, pk="ACCOUNT#uk#1", sk="PAYMENT#2026-09-21#P3", order_id="P3")
    assert Place(PAYMENTS, "ORDER#P3") in paid


def test_what_waits_for_export_draws_in_order_and_registries() -> None:
    row = {"pk": "PAYOUT#uk#1", "sk": "P1", "payment_id": "P1", "lines": [{"account_id": "uk:1"}]}
    found = places(PAYMENTS, **row)
    assert {
        Place(PAYMENTS, "ORDER#P1"),
        RegistryPayment("uk", "P1"),
        Place(ACCOUNTS, "ACCOUNT#uk#1"),
    } <= found
    journal = places(PAYMENTS, pk="JOURNAL#c1#2026-01-01#0", sk="P1", order_id="P1")
    assert Place(PAYMENTS, "ORDER#P1") in journal


def test_a_persons_rows_draw_in_the_person() -> None:
    profile = places(USERS, pk="USER#u1", sk="PROFILE", email="Anna@Example.com")
    assert {Place(USERS, "USER#u1"), Place(USERS, "EMAIL#anna@example.com")} <= profile
    binding = places(USERS, pk="USER#u1", sk="BINDING#uk:1", bound_account="uk:1")
    assert Place(ACCOUNTS, "ACCOUNT#uk#1") in binding
    owner = places(USERS, pk="EMAIL#anna@example.com", sk="OWNER", user_id="u1")
    assert Place(USERS, "USER#u1") in owner
    audited = places(USERS, pk="AUDIT#2026-01-01", sk="x", bound_account="AUDITABOUT#uk")
    assert audited == {Place(USERS, "AUDIT#2026-01-01", "x")}
    assert places(MESSAGES, pk="LIMIT#x", sk="1", lines="text") == {Place(MESSAGES, "LIMIT#x", "1")}
