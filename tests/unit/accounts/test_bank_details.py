"""Check digits: the trade's vectors, and what must hold for any number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts import bank_details

DIGITS = "0123456789"
bics = st.from_regex(r"0[0-4][0-9]{4}[1-9][0-9]{2}", fullmatch=True)
accounts = st.text(DIGITS, min_size=20, max_size=20)


def key_of(account: str, bic: str) -> str:
    """The one digit that fits in the key's place."""
    (key,) = (
        digit
        for digit in DIGITS
        if bank_details.settlement_account_is_valid(account[:8] + digit + account[9:], bic)
    )
    return key


@pytest.mark.parametrize("inn", ["7736520080", "500100732259"])
def test_a_right_inn_is_accepted(inn: str):
    assert bank_details.inn_is_valid(inn)


@pytest.mark.parametrize(
    "inn",
    ["6164206387", "", "773652008", "77365200800", "500100732258", "７７３６５２００８０", "7736520080\n"],
)
def test_a_wrong_inn_is_refused(inn: str):
    assert not bank_details.inn_is_valid(inn)


@given(st.text(DIGITS, min_size=9, max_size=9))
def test_exactly_one_check_digit_fits_a_company_inn(head: str):
    assert sum(bank_details.inn_is_valid(head + digit) for digit in DIGITS) == 1


@given(st.text(DIGITS, min_size=10, max_size=10))
def test_exactly_one_pair_of_check_digits_fits_a_persons_inn(head: str):
    assert sum(bank_details.inn_is_valid(head + a + b) for a in DIGITS for b in DIGITS) == 1


def test_the_key_of_a_settlement_account_is_computed():
    assert key_of("40602810К00000000025", "049805746") == "7"
    assert bank_details.settlement_account_is_valid("40602810700000000025", "049805746")


def test_the_key_of_a_correspondent_account_is_computed():
    fitting = [
        key
        for key in DIGITS
        if bank_details.correspondent_account_is_valid(f"30101810{key}00000000746", "049805000")
    ]
    assert fitting == ["8"]


def test_bank_of_russia_accounts_use_the_branch_number_as_prefix():
    assert bank_details.settlement_account_is_valid("30101810800000000746", "049805000")


@given(bics, accounts)
def test_exactly_one_key_fits_an_account(bic: str, account: str):
    assert key_of(account, bic) in DIGITS


@given(bics, accounts, st.integers(0, 19), st.sampled_from(DIGITS))
def test_a_mistyped_digit_of_an_account_is_noticed(bic: str, account: str, place: int, typed: str):
    right = account[:8] + key_of(account, bic) + account[9:]
    mistyped = right[:place] + typed + right[place + 1 :]
    assert bank_details.settlement_account_is_valid(mistyped, bic) == (mistyped == right)


@pytest.mark.parametrize(
    ("letter", "digit"), [*zip("ABCEHKMPTX", DIGITS, strict=True), ("К", "5"), ("Х", "9"), ("В", "1")]
)
def test_a_letter_of_a_clearing_currency_counts_as_its_digit(letter: str, digit: str):
    bic = "049805746"
    lettered, plain = f"40702{letter}10000000000025", f"40702{digit}10000000000025"
    assert key_of(lettered, bic) == key_of(plain, bic)
    key = key_of(lettered, bic)
    assert bank_details.settlement_account_is_valid(lettered[:8] + key + lettered[9:], bic)


@pytest.mark.parametrize(
    "account", ["", "4060281070000000002", "406028107000000000250", "4060281070000000002Ж"]
)
def test_an_account_of_the_wrong_shape_is_refused(account: str):
    assert not bank_details.settlement_account_is_valid(account, "049805746")


@pytest.mark.parametrize("bic", ["", "04980574", "0498057460", "449805746", "04980574x", "049805746\n"])
def test_a_bic_of_the_wrong_shape_is_refused_with_its_accounts(bic: str):
    assert not bank_details.bic_is_valid(bic)
    assert not bank_details.settlement_account_is_valid("40602810700000000025", bic)
    assert not bank_details.correspondent_account_is_valid("30101810800000000746", bic)


def test_right_requisites_have_no_faults():
    assert (
        bank_details.validate(
            inn="7736520080",
            kpp="773601001",
            bic="047501779",
            account="40702810800000012345",
            correspondent_account="30101810400000000779",
        )
        == ()
    )


def test_every_wrong_requisite_is_named_for_the_one_who_typed_it():
    found = bank_details.validate(
        inn="6164206387", kpp="1", bic="047501779", account="1" * 20, correspondent_account="2" * 20
    )
    assert [fault.field for fault in found] == ["inn", "kpp", "account", "correspondent_account"]
    assert "6164206387" in found[0].message


def test_accounts_are_not_judged_when_the_bic_is_wrong():
    found = bank_details.validate(
        inn="7736520080", bic="bad", account="1" * 20, correspondent_account="2" * 20
    )
    assert [fault.field for fault in found] == ["bic"]
