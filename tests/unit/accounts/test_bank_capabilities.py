"""Rules ask for capabilities: each dialect has its own, and no rule names a bank."""

from pathlib import Path
from typing import get_args

import pytest

import cabinet.payments
from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.accounts.supplier_model import Dialect

PAYMENTS = Path(cabinet.payments.__file__).parent
RULES = sorted([*PAYMENTS.glob("orders/*.py"), *PAYMENTS.glob("cart/*.py"), *PAYMENTS.glob("refund*.py")])


def test_every_dialect_says_what_it_can_do() -> None:
    assert list(CAPABILITIES) == list(get_args(Dialect.__value__))


@pytest.mark.parametrize("module", RULES, ids=lambda path: path.stem)
def test_no_rule_of_orders_names_a_bank(module: Path) -> None:
    text = module.read_text("utf-8")
    assert not [dialect for dialect in CAPABILITIES if f'"{dialect}"' in text]
