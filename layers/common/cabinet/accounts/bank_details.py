"""Check digits of Russian bank and tax requisites.

Pure: digits in, verdict out. Which requisites a supplier has, and where they are kept, is not known here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_INN10_WEIGHTS = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN12_WEIGHTS = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))

_KEY_INDEX = 8
"""The key is the ninth character of an account number."""
_ACCOUNT_WEIGHTS = (7, 1, 3)

# Clearing currencies put a letter into the sixth place; registries type it in either alphabet.
_LETTER_DIGITS = {
    letter: digit for pair, digit in zip(zip("ABCEHKMPTX", "АВСЕНКМРТХ", strict=True), range(10), strict=True)
    for letter in pair
}  # fmt: skip

_BIC = re.compile(r"0[0-4][0-9]{7}")
_INN = re.compile(r"[0-9]{10}|[0-9]{12}")
_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_ACCOUNT = re.compile(rf"[0-9]{{5}}[0-9{''.join(_LETTER_DIGITS)}][0-9]{{14}}")

_BANK_OF_RUSSIA_BRANCHES = ("000", "001", "002")
"""The last digits of a BIC whose accounts the Bank of Russia itself keeps."""


@dataclass(frozen=True, slots=True)
class ValidationIssue:
    """One wrong requisite: `field` as in `validate`' parameters, `message` for the person who typed it."""

    field: str
    message: str


def inn_is_valid(inn: str) -> bool:
    """Whether the check digits of a company's (10 digits) or a person's (12 digits) tax number are right."""
    if not _INN.fullmatch(inn):
        return False
    digits = [int(digit) for digit in inn]
    if len(digits) == 10:
        return digits[9] == _inn_check(digits, _INN10_WEIGHTS)
    return all(digits[len(weights)] == _inn_check(digits, weights) for weights in _INN12_WEIGHTS)


def kpp_is_valid(kpp: str) -> bool:
    """Whether `kpp` has the shape of a registration reason code; it carries no check digit."""
    return _KPP.fullmatch(kpp) is not None


def bic_is_valid(bic: str) -> bool:
    """Whether `bic` has the shape of a Russian bank's code; it carries no check digit."""
    return _BIC.fullmatch(bic) is not None


def settlement_account_is_valid(account: str, bic: str) -> bool:
    """Whether the key of a client's account at the bank `bic` is right."""
    if bic.endswith(_BANK_OF_RUSSIA_BRANCHES):
        return correspondent_account_is_valid(account, bic)
    return _account_is_valid(account, bic, bic[6:9])


def correspondent_account_is_valid(account: str, bic: str) -> bool:
    """Whether the key of the account that the bank `bic` has with the Bank of Russia is right."""
    return _account_is_valid(account, bic, "0" + bic[4:6])


def validate(
    *, inn: str, bic: str, account: str, correspondent_account: str, kpp: str | None = None
) -> tuple[ValidationIssue, ...]:
    """Everything that is wrong with a payee's requisites, in the order in which they are printed."""
    return tuple(_find_issues(inn, kpp, account, bic, correspondent_account))


def _find_issues(
    inn: str, kpp: str | None, account: str, bic: str, correspondent_account: str
) -> Iterator[ValidationIssue]:
    if not inn_is_valid(inn):
        yield ValidationIssue("inn", f"ИНН «{inn}» неверен: не сходятся контрольные цифры.")
    if kpp is not None and not kpp_is_valid(kpp):
        yield ValidationIssue("kpp", f"КПП «{kpp}» неверен: нужны девять знаков.")
    if not bic_is_valid(bic):
        yield ValidationIssue("bic", f"БИК «{bic}» неверен: нужны девять цифр.")
        return  # without a BIC the keys of its accounts cannot be computed
    if not settlement_account_is_valid(account, bic):
        yield ValidationIssue("account", f"Расчётный счёт «{account}» неверен: ключ не подходит к БИК {bic}.")
    if not correspondent_account_is_valid(correspondent_account, bic):
        yield ValidationIssue(
            "correspondent_account",
            f"Корреспондентский счёт «{correspondent_account}» неверен: ключ не подходит к БИК {bic}.",
        )


def _inn_check(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(d * w for d, w in zip(digits, weights, strict=False)) % 11 % 10


def _account_is_valid(account: str, bic: str, prefix: str) -> bool:
    if not bic_is_valid(bic) or not _ACCOUNT.fullmatch(account):
        return False
    return account[_KEY_INDEX] == _account_key(account, prefix)


def _account_key(account: str, prefix: str) -> str:
    """Weights 7, 1, 3 over prefix and account; with the key the products' last digits sum to 0 mod 10."""
    keyless = prefix + account[:_KEY_INDEX] + "0" + account[_KEY_INDEX + 1 :]
    total = sum(
        _digit(character) * _ACCOUNT_WEIGHTS[place % 3] % 10 for place, character in enumerate(keyless)
    )
    return str(total % 10 * 3 % 10)


def _digit(character: str) -> int:
    return _LETTER_DIGITS[character] if character in _LETTER_DIGITS else int(character)
