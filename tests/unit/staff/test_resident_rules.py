"""How much of an address of mail the desk shows."""

import pytest

from cabinet.staff.resident_rules import masked_email


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("ivan.petrov@example.ru", "iv…v@example.ru"),
        ("abc@example.ru", "a…@example.ru"),
        ("a@example.ru", "a…@example.ru"),
        ("", ""),
        ("nobody", ""),
    ],
)
def test_an_address_is_told_apart_and_not_read(email: str, shown: str) -> None:
    assert masked_email(email) == shown
